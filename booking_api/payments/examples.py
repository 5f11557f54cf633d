"""What the documentation shows of payments: Carl pays Olga in cash, and would pay by card elsewhere."""

from typing import Any

from ..bookings.examples import BOOKING_OF_ITEMS

RECORD = {"method": "cash", "reference": "At the box office"}
RECORDED: dict[str, Any] = {
    "id": "5f0b1d7c9e3a4862b1c0d9e8",
    "booking_id": BOOKING_OF_ITEMS["id"],
    "mode": "manual",
    "status": "succeeded",
    "amount": BOOKING_OF_ITEMS["amount"],
    "currency": "EUR",
    "failure": None,
    "late": False,
    "method": "cash",
    "reference": "At the box office",
    "expires_at": None,
    "created_at": "2030-01-01T12:00:00Z",
    "paid_at": "2030-01-01T12:00:00Z",
}
RECORDED_NOW = RECORDED | {"booking_status": "confirmed"}
PAYMENTS = {"items": [RECORDED], "next_cursor": None}
ATTEMPT: dict[str, Any] = {
    "id": "0a9e8d7c6b5f4e3d2c1b0a99",
    "status": "open",
    "client_secret": "pi_3example_secret_example",
    "amount": BOOKING_OF_ITEMS["amount"],
    "currency": "EUR",
    "expires_at": "2030-01-01T12:15:00Z",
}
