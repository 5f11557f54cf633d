"""What the feed of an event says of its bookings. Pure."""

from collections.abc import Iterable
from typing import Any

from bson import ObjectId

from ..events.changes import Change, ChangedBy, change
from ..jobs.facts import Fact
from .facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD, TICKET_TRANSFERRED, OfBooking
from .model import Booking, Ticket
from .tickets import status_of

BOOKING_TYPES = tuple(fact.name for fact in (BOOKING_HELD, BOOKING_CONFIRMED, BOOKING_CANCELLED, BOOKING_EXPIRED))

TICKET_TYPES = (TICKET_TRANSFERRED.name,)


def of_transfer(booking: Booking, ticket: Ticket, actor: ChangedBy) -> Change:
    """Return the change by which a ticket of a booking went to another holder."""
    status = status_of(ticket, booking["status"])
    shown = {"id": ticket["_id"], "booking_id": booking["_id"], "status": status}
    return change(TICKET_TRANSFERRED.name, {"ticket": shown}, actor)


def of_booking(
    fact: Fact[OfBooking], booking: Booking, actor: ChangedBy, cancelled_tickets: Iterable[ObjectId] = ()
) -> Change:
    """Return a change of a booking to what it is now; `cancelled_tickets` are named if it goes on without them."""
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
    apart = list(cancelled_tickets)
    return change(fact.name, {"booking": shown} | ({"cancelled_ticket_ids": apart} if apart else {}), actor)
