"""The rules for waiting lists, and the errors of this resource."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from ..bookings.holds import FREE_ENDS, HoldCooldown
from ..bookings.model import Booking
from ..bookings.rules import BY_CUSTOMER, CONFIRMED, require_on_sale, require_within_customer_limit
from ..bookings.rules import CANCELLED as BOOKING_CANCELLED
from ..bookings.rules import EXPIRED as BOOKING_EXPIRED
from ..errors import Conflict, NotFound, ValidationFailed
from ..events.model import Event
from ..events.stock import Line, Stock
from ..events.waiting import is_reserved, is_strict, type_ids, type_of

WAITING, OFFERED, ACCEPTED, DECLINED, EXPIRED, LEFT, CLOSED = STATUSES = (
    *("waiting", "offered", "accepted", "declined", "expired", "left", "closed"),
)
MOST_WAITING = 100_000  # of an event
REMEMBERED = timedelta(days=1)
COOLDOWN = timedelta(hours=1)


class NotWaiting(NotFound):
    """You are not on the waiting list of this event, and there is no such list of an event that does not exist.

    Join it with `POST` of the same address, once as many tickets as you want are no longer on sale.
    """

    code = "not_waiting"
    title = "Not on the waiting list"


class AlreadyWaiting(Conflict):
    """You wait for tickets of this event already, or are offered some. Everybody has one place on its waiting list.

    Read it with `GET` of the same address. To wait for something else leave the list with `DELETE`, and join it again
    at its end.
    """

    code = "already_waiting"
    title = "Already on the waiting list"


class TicketsAvailable(Conflict):
    """As many tickets as you want are on sale; `available_tickets` says how many. You were not put on the waiting list.

    Book them.
    """

    code = "tickets_available"
    title = "There are tickets"
    example = {"detail": "2 tickets are on sale.", "available_tickets": 2}


class WaitlistFull(Conflict):
    """As many people wait for tickets of this event as its waiting list takes.

    Look again later whether there are tickets.
    """

    code = "waitlist_full"
    title = "The waiting list is full"


def require_line(type_id: ObjectId | None, quantity: int, least: int, event: Event) -> Line:
    """Return what somebody wants, `least` or more; raises `ValidationFailed` if it does not suit the event."""
    ids = type_ids(event)
    if type_id is None and len(ids) > 1:
        raise ValidationFailed({"ticket_type_id": ["This event has several ticket types: say which."]})
    if type_id is not None and type_id not in ids:
        raise ValidationFailed({"ticket_type_id": ["This event has no such ticket type."]})
    if not ids:
        raise ValidationFailed({"ticket_type_id": ["This event has no ticket type on sale."]})
    chosen = ids[0] if type_id is None else type_id
    ticket_type = type_of(event, chosen)
    limit = ticket_type and ticket_type["max_per_booking"]
    if limit is not None and quantity > limit:
        raise ValidationFailed({"quantity": [f"At most {limit} tickets of this type."]})
    if quantity > event["max_per_booking"]:
        raise ValidationFailed({"quantity": [f"At most {event['max_per_booking']} tickets in one booking."]})
    total = ticket_type["total"] if ticket_type else event["total_tickets"]
    if is_strict(event) and least > total:  # nobody could be served before them
        name = "quantity" if least == quantity else "min_quantity"
        raise ValidationFailed({name: [f"There are {total} tickets in all."]})
    return Line(chosen, quantity)


def require_joinable(line: Line, event: Event, has: int, waiting: int, now: datetime) -> int:
    """Return how many tickets are there, if somebody may wait while so many others are `waiting`, or raise a problem.

    While the list alone is served they are not on sale, but may be offered at once. `has` is how many they
    have already.

    Tickets that are freed in the same transaction are no reason not to wait: those who wait are offered them. It is
    `NotOnSale`, `CustomerLimit`, `TicketsAvailable` or `WaitlistFull`.
    """
    require_on_sale([line], event, now)
    require_within_customer_limit([line], event, has)
    available = Stock(event).available_of(line.ticket_type_id)
    if available >= line.quantity and not is_reserved(event, now):
        raise TicketsAvailable(f"{available} tickets are on sale.", available_tickets=available)
    if waiting >= MOST_WAITING:
        raise WaitlistFull
    return available


def require_no_cooldown(missed: Sequence[datetime], now: datetime) -> None:
    """Raise `HoldCooldown` if two or more offers came to nothing within a day, at these times, the latest in this hour.

    So nobody keeps tickets from others by joining again and again for more than there are.
    """
    if len(missed) < FREE_ENDS:
        return
    wait = math.ceil((max(missed) + COOLDOWN - now).total_seconds())
    if wait > 0:
        what = f"{len(missed)} offers that you were made for this event came to nothing"
        raise HoldCooldown(f"{what}: join in {wait} s, or book what there is.", retry_after_seconds=wait)


def answer_of(booking: Booking) -> str:
    """Return what becomes of an entry when the booking that it was offered is no longer held."""
    if booking["status"] == CONFIRMED:
        return ACCEPTED
    if booking["status"] == BOOKING_EXPIRED:
        return EXPIRED
    by_customer = booking["status"] == BOOKING_CANCELLED and booking["cancelled_by"] == BY_CUSTOMER
    return DECLINED if by_customer else CLOSED
