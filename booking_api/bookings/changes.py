"""What the feed of an event says of its bookings. Pure."""

from typing import Any

from ..events.changes import Change, ChangedBy, change
from ..jobs.facts import Fact
from .facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD, OfBooking
from .model import Booking

BOOKING_TYPES = tuple(fact.name for fact in (BOOKING_HELD, BOOKING_CONFIRMED, BOOKING_CANCELLED, BOOKING_EXPIRED))


def of_booking(fact: Fact[OfBooking], booking: Booking, actor: ChangedBy) -> Change:
    """Return a change of a booking to what it is now."""
    shown: dict[str, Any] = {
        "id": booking["_id"],
        "status": booking["status"],
        "quantity": booking["quantity"],
        "items": [
            {"ticket_type_id": item["ticket_type_id"], "quantity": item["quantity"], "price": item["price"]}
            for item in booking["items"]
        ],
        "amount": booking["amount"],
        "currency": booking["currency"],
        "hold_expires_at": booking["hold_expires_at"],
    }
    return change(fact.name, {"booking": shown}, actor)
