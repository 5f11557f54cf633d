"""The rows of a list of attendees: one for each ticket. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bson import ObjectId

from ..bookings import pricing
from ..bookings.model import Booking
from ..bookings.rules import STATUSES as BOOKING_STATUSES
from ..bookings.tickets import status_of, ticket_status
from ..clock import rfc3339

NOBODY: Mapping[str, Any] = {"name": None, "email": None}


class Row(NamedTuple):
    """A ticket, with its columns in their order. Times are as in all answers; the price is what it cost with its
    promo code, in minor units."""

    booking_id: str
    ticket_id: str
    ticket_type: str | None
    status: str
    attendee_name: str | None
    attendee_email: str | None
    customer_name: str | None
    customer_email: str | None
    price: int | None
    currency: str
    booked_at: str
    checked_in_at: str | None


COLUMNS = Row._fields
# Of what people have written themselves; nobody else decides what the other columns begin with.
FREE_TEXTS = frozenset({"ticket_type", "attendee_name", "attendee_email", "customer_name", "customer_email"})


def rows_of(booking: Booking, people: Mapping[ObjectId, Mapping[str, Any]], wanted: str | None = None) -> Iterator[Row]:
    """Yield the row of each ticket of a booking, or of each with the status `wanted`.

    `people` are customers, of whom this one may be missing.
    """
    customer = people.get(booking["customer_id"], NOBODY)
    prices = {item["name"]: pricing.to_pay(item) for item in booking["items"]}
    booking_id, booked_at = str(booking["_id"]), rfc3339(booking["created_at"])
    for seat in booking["tickets"]:
        ticket: Mapping[str, Any] = seat
        status = status_of(ticket, booking["status"])
        if wanted not in (None, status):
            continue
        scanned = ticket["checked_in_at"]
        yield Row(
            booking_id,
            str(ticket["_id"]),
            ticket["ticket_type"],
            status,
            ticket.get("attendee_name"),
            ticket.get("attendee_email"),
            customer["name"],
            customer["email"],
            ticket.get("price", prices.get(ticket["ticket_type"])),
            booking["currency"],
            booked_at,
            scanned and rfc3339(scanned),
        )


def booking_statuses(wanted: str | None) -> list[str] | None:
    """Return the statuses of bookings whose tickets have this status, but for those cancelled apart; None for any."""
    return None if wanted is None else [each for each in BOOKING_STATUSES if ticket_status(each) == wanted]
