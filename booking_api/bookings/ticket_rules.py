"""Decisions about single tickets of a booking, and the errors of what is done to them. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..clock import rfc3339
from ..errors import Conflict, NotFound, TooMany, ValidationFailed
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import EventCancelled, require_not_over
from . import pricing
from .model import Attendance, Booking, Item, Ticket
from .rules import CANCELLED, EXPIRED, HELD, BookingCancelled, HoldExpired
from .tickets import status_of

DAY = timedelta(days=1)
RESENDS_A_DAY = 5


class BookingHeld(Conflict):
    """The booking is only on hold, and this is for confirmed bookings. A hold can only be given up as a whole.

    Confirm it, or pay for it, before `hold_expires_at` and ask again, or cancel it without naming tickets.
    """

    code = "booking_held"
    title = "The booking is on hold"


class AlreadyCheckedIn(Conflict):
    """The ticket was scanned at the door already; `checked_in_at` says when. Nothing was done.

    A scan by mistake can be taken back by the people at the door; then ask again.
    """

    code = "already_checked_in"
    title = "The ticket was scanned already"
    example = {
        "detail": "This ticket was scanned at 2031-06-01T19:40:00Z.",
        "checked_in_at": "2031-06-01T19:40:00Z",
    }


class TicketNotFound(NotFound):
    """There is no such ticket: the booking has none with this id, or nobody has one with this code.

    Read your booking again: it has the id and the address of each ticket.
    """

    code = "ticket_not_found"
    title = "No such ticket"


class TicketCancelled(Conflict):
    """The ticket was cancelled, alone or with its booking, and lets nobody in.

    Book again, if there are tickets left.
    """

    code = "ticket_cancelled"
    title = "The ticket was cancelled"


class TicketRevoked(Conflict):
    """The code is dead: its ticket was given to somebody else, who has a new code for it. It lets nobody in.

    Ask the guest for the code in the latest mail about the ticket, or who booked it to whom they gave it.
    """

    code = "ticket_revoked"
    title = "The ticket has another code now"


class TooManyResends(TooMany):
    """The confirmation of a booking can be sent again five times in 24 hours. It was not sent now.

    Look for it among unwanted mail, or read the booking: it has the tickets too. Ask again after the seconds in
    `Retry-After`.
    """

    code = "too_many_resends"
    title = "Too many confirmations"
    example = {"detail": "At most 5 confirmations of a booking a day: ask again in 3600 s."}


def live_tickets(booking: Booking) -> list[Ticket]:
    """Return the tickets that were not cancelled apart from their booking."""
    return [ticket for ticket in booking["tickets"] if ticket.get("cancelled_at") is None]


def number_of(booking: Booking, ticket_id: ObjectId) -> int:
    """Return which of the booking's tickets has this id, counted from 0; raises `TicketNotFound`."""
    for number, ticket in enumerate(booking["tickets"]):
        if ticket["_id"] == ticket_id:
            return number
    raise TicketNotFound


def require_not_cancelled(booking: Booking, ticket: Ticket) -> None:
    """Raise `TicketCancelled` if a ticket of the booking was cancelled, or its hold has expired."""
    if status_of(ticket, booking["status"]) == CANCELLED:
        raise TicketCancelled


def name_attendee(ticket: Ticket, names: Attendance) -> None:
    """Name who comes with a ticket; what `names` leaves out stays."""
    ticket.update(names)  # type: ignore[typeddict-item]


def name_attendees(booking: Booking, attendees: Sequence[Sequence[Attendance]]) -> None:
    """Name who comes with the tickets of a new booking, given for each of its items; there may be more tickets."""
    first = 0
    for item, named in zip(booking["items"], attendees, strict=True):
        for ticket, names in zip(booking["tickets"][first : first + item["quantity"]], named, strict=False):
            name_attendee(ticket, names)
        first += item["quantity"]


def choose(booking: Booking, ticket_ids: Collection[ObjectId]) -> list[Ticket]:
    """Return the live tickets among these; raises `ValidationFailed` if one is no ticket of the booking."""
    unknown = set(ticket_ids) - {ticket["_id"] for ticket in booking["tickets"]}
    if unknown:
        raise ValidationFailed({"ticket_ids": [f"The booking has no ticket {min(unknown)}."]})
    return [ticket for ticket in live_tickets(booking) if ticket["_id"] in ticket_ids]


def require_not_scanned(tickets: Iterable[Ticket]) -> None:
    """Raise `AlreadyCheckedIn` if one of the tickets was scanned."""
    for ticket in tickets:
        if ticket["checked_in_at"] is not None:
            at = rfc3339(ticket["checked_in_at"])
            raise AlreadyCheckedIn(f"Ticket {ticket['_id']} was scanned at {at}.", checked_in_at=at)


def require_staff_may_cancel(
    booking: Booking, event: Event, now: datetime, tickets: Iterable[Ticket] | None = None
) -> None:
    """Raise `HoldExpired`, `EventCancelled`, `EventPast` or `AlreadyCheckedIn` unless who runs the event may cancel.

    They may until it is over, whatever the event tells customers: the booking, or only these of its tickets.
    """
    if booking["status"] == EXPIRED:
        raise HoldExpired
    if event["status"] == EVENT_CANCELLED:  # its bookings are being cancelled, and their customers told of that
        raise EventCancelled
    require_not_over(event, now)
    require_not_scanned(live_tickets(booking) if tickets is None else tickets)


def require_resendable(booking: Booking, now: datetime) -> None:
    """Raise `BookingHeld`, `BookingCancelled`, `HoldExpired` or `TooManyResends` unless it may be confirmed again."""
    refusals = {HELD: BookingHeld, CANCELLED: BookingCancelled, EXPIRED: HoldExpired}
    if booking["status"] in refusals:
        raise refusals[booking["status"]]
    recent = [resend["at"] for resend in booking.get("resends", []) if resend["at"] > now - DAY]
    if len(recent) >= RESENDS_A_DAY:
        wait = int((recent[-RESENDS_A_DAY] + DAY - now).total_seconds()) + 1
        detail = f"At most {RESENDS_A_DAY} confirmations of a booking a day: ask again in {wait} s."
        raise TooManyResends(detail, retry_after_seconds=wait)


def items_of(booking: Booking, tickets: Iterable[Ticket]) -> list[Item]:
    """Return items of as many tickets as these are, which are live.

    Tickets name their types. Within a booking a name is that of one item: both have it from the same moment, in which
    the types of an event have different names.
    """
    counts = Counter(ticket["ticket_type"] for ticket in tickets)
    return [{**item, "quantity": counts[item["name"]]} for item in booking["items"] if counts[item["name"]]]


def without(booking: Booking, tickets: Sequence[Ticket], now: datetime) -> dict[str, Any]:
    """Return what changes in a booking without some of its live tickets, which stay listed as cancelled.

    They keep what they cost, because their item may be gone. A booking of which money was given back already may cost
    less than its tickets.
    """
    gone = {ticket["_id"] for ticket in tickets}
    prices = {item["name"]: pricing.to_pay(item) for item in booking["items"]}
    items = items_of(booking, [ticket for ticket in live_tickets(booking) if ticket["_id"] not in gone])
    return {
        "tickets": [
            {**ticket, "cancelled_at": now, "price": prices[ticket["ticket_type"]]} if ticket["_id"] in gone else ticket
            for ticket in booking["tickets"]
        ],
        "items": items,
        "quantity": sum(item["quantity"] for item in items),
        "amount": max(0, booking["amount"] - sum(prices[ticket["ticket_type"]] for ticket in tickets)),
    }
