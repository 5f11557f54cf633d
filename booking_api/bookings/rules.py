"""What may be booked and what may become of a booking, and the errors of this resource."""

import secrets
from datetime import datetime

from bson import ObjectId

from ..errors import Conflict, NotFound, ValidationFailed
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import DRAFT, EventCancelled, EventNotFound, require_future

HELD, CONFIRMED, CANCELLED, EXPIRED = STATUSES = ("held", "confirmed", "cancelled", "expired")
LIVE = (HELD, CONFIRMED)  # these have tickets off sale
BY_CUSTOMER, BY_ORGANIZER = "customer", "organizer"


class BookingNotFound(NotFound):
    """You have no such booking."""

    code = "booking_not_found"
    title = "No such booking"


class SoldOut(Conflict):
    """Fewer tickets are on sale than you asked for; `available_tickets` says how many are left."""

    code = "sold_out"
    title = "Not enough tickets left"


class HoldExpired(Conflict):
    """The hold was not confirmed in time, and its tickets are back on sale. Book again."""

    code = "hold_expired"
    title = "The hold has expired"


def require_on_sale(event: dict | None, quantity: int, now: datetime) -> dict:
    """The event, if this many of its tickets can be booked now.

    Raises `EventNotFound`, `EventCancelled`, `EventPast`, `SoldOut`, or `ValidationFailed` over `max_per_booking`.
    """
    if event is None or event["status"] == DRAFT:
        raise EventNotFound("There is no event with this id.")
    if event["status"] == EVENT_CANCELLED:
        raise EventCancelled("This event was cancelled.")
    require_future(event, now)
    if quantity > event["max_per_booking"]:
        raise ValidationFailed({"quantity": [f"At most {event['max_per_booking']} tickets in one booking."]})
    available = event["available_tickets"]
    if available < quantity:
        detail = f"Only {available} tickets are left." if available else "All tickets are sold."
        raise SoldOut(detail, available_tickets=available)
    return event


def new_booking(event: dict, customer_id: ObjectId, quantity: int, now: datetime) -> dict:
    """A confirmed booking, with a ticket for each seat; a ticket's code has 128 random bits."""
    return {
        "_id": ObjectId(),
        "event_id": event["_id"],
        "customer_id": customer_id,
        "quantity": quantity,
        "items": [{"ticket_type_id": None, "name": None, "quantity": quantity, "price": 0}],
        "status": CONFIRMED,
        "amount": 0,
        "currency": event["currency"],
        "tickets": [
            {"_id": ObjectId(), "code": secrets.token_urlsafe(16), "ticket_type": None, "checked_in_at": None}
            for _ in range(quantity)
        ],
        "confirmation": {"status": "pending", "sent_at": None},
        "hold_expires_at": None,
        "cancelled_at": None,
        "cancelled_by": None,
        "version": 1,
        "created_at": now,
    }


def require_found(booking: dict | None) -> dict:
    """The booking; raises `BookingNotFound`."""
    if booking is None:
        raise BookingNotFound("You have no booking with this id.")
    return booking
