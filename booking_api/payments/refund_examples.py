"""What the documentation shows of refunds: Olga gives Carl a part of his money back."""

from typing import Any

from ..bookings.examples import BOOKING_OF_ITEMS

GOODWILL = {"amount": 2000, "reason": "The air conditioning had failed."}
REFUND: dict[str, Any] = {
    "id": "5e1f0c2d3b4a59687766aa01",
    "booking_id": BOOKING_OF_ITEMS["id"],
    "payment_id": "5e1f0c2d3b4a59687766aa02",
    "status": "succeeded",
    "amount": GOODWILL["amount"],
    "currency": BOOKING_OF_ITEMS["currency"],
    "reason": GOODWILL["reason"],
    "tickets": None,
    "created_at": "2030-01-01T12:00:00Z",
    "done_at": "2030-01-01T12:00:00Z",
}
REFUNDS = {"items": [REFUND], "next_cursor": None}
