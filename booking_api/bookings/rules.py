"""The rules for bookings, and the errors of this resource."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..clock import rfc3339
from ..errors import TIME_OR_NULL, Conflict, NotFound, ValidationFailed
from ..events.hidden import orderable
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import EventCancelled, EventNotFound, cancellable_until, require_not_over, was_never_published
from ..events.stock import Line
from .model import Booking

HELD, CONFIRMED, CANCELLED, EXPIRED = STATUSES = ("held", "confirmed", "cancelled", "expired")
LIVE = (HELD, CONFIRMED)  # bookings whose tickets are not on sale
BY_CUSTOMER, BY_ORGANIZER, BY_STAFF = "customer", "organizer", "staff"  # the second with the whole event


class BookingNotFound(NotFound):
    """You have no booking with this id, nor has your event. Somebody else's booking is answered alike.

    Take the id from the list of your bookings, or of your event's, and check who you are signed in as.
    """

    code = "booking_not_found"
    title = "No such booking"


class SoldOut(Conflict):
    """Fewer tickets are on sale than you asked for; `available_tickets` says how many are left. Nothing was booked.

    Book at most that many, or join the waiting list, which is offered what comes back. `waitlist` is true if people are
    waiting; if it is and none are left, some may be, but for them alone. Otherwise it is missing.
    """

    code = "sold_out"
    title = "Not enough tickets left"
    example = {
        "detail": "You asked for 2 tickets for Stalls, and only 1 is left.",
        "available_tickets": 1,
        "waitlist": True,
        "ticket_type_id": "65b8367b5abb9326b269cd30",
    }
    extensions = {"waitlist": {"type": "boolean"}}


class NotOnSale(Conflict):
    """The sale of the event or of this ticket type has not begun, or is over; `sale_starts` and `sale_ends` say when.

    Come back when it starts. If there is a `ticket_type_id`, other ticket types of the event may be on sale now.
    """

    code = "not_on_sale"
    title = "Not on sale now"
    example = {
        "detail": "Early bird is on sale until 2031-01-01T00:00:00Z.",
        "ticket_type_id": "65b8367b5abb9326b269cd30",
        "sale_starts": None,
        "sale_ends": "2031-01-01T00:00:00Z",
    }
    extensions = {"sale_starts": TIME_OR_NULL, "sale_ends": TIME_OR_NULL}


class CustomerLimit(Conflict):
    """You would have more tickets for this event than its organizer allows, or more of them on hold than is allowed.

    Book or hold at most as many as `remaining` says. Tickets of your cancelled bookings and of holds that ran out no
    longer count; those of confirmed holds are no longer on hold.
    """

    code = "customer_limit"
    title = "Over the limit for one customer"
    example = {"detail": "At most 4 tickets for each customer, and you have 3 of them already.", "remaining": 1}


class HoldExpired(Conflict):
    """The hold was not confirmed before `hold_expires_at`, and its tickets are back on sale.

    Book again, if there are tickets left.
    """

    code = "hold_expired"
    title = "The hold has expired"


class BookingCancelled(Conflict):
    """This booking was cancelled: it cannot be confirmed, and there is nothing to send.

    Book again, if there are tickets left.
    """

    code = "booking_cancelled"
    title = "The booking was cancelled"


class CancellationClosed(Conflict):
    """The time to cancel is over: it ends at the event's `cancel_until`, or when the event begins if that is null.

    For 24 hours after a change of its date, end or venue you could cancel all the same, until the event was over.
    `cancellable_until` of the booking says when the time ended. Ask the organizer. A hold can always be given up.
    """

    code = "cancellation_closed"
    title = "Cancelling is no longer possible"


def require_open(event: Event | None, now: datetime) -> Event:
    """Return the event if it can be booked; raises `EventNotFound`, `EventCancelled` or `EventPast`."""
    if event is None or was_never_published(event):
        raise EventNotFound
    if event["status"] == EVENT_CANCELLED:
        raise EventCancelled
    require_not_over(event, now)
    return event


def require_lines(lines: Sequence[Line], event: Event, unlocked: Collection[ObjectId] = ()) -> list[Line]:
    """Return the order's lines with their ticket types; raises `ValidationFailed` if they do not suit the event.

    A quantity without a type is of the only type of the event. Types that are hidden do not exist, unless a code has
    `unlocked` them.
    """
    types = {ticket_type["_id"]: ticket_type for ticket_type in orderable(event, unlocked)}
    if [line.ticket_type_id for line in lines] == [None]:
        if len(types) > 1:
            raise ValidationFailed({"items": ["This event has several ticket types: say which in items."]})
        if not types and event["ticket_types"]:
            raise ValidationFailed({"items": ["This event has no ticket type on sale."]})
        lines = [Line(next(iter(types), None), lines[0].quantity)]
    for index, line in enumerate(lines):
        if line.ticket_type_id is not None and line.ticket_type_id not in types:
            raise ValidationFailed({f"items.{index}.ticket_type_id": ["This event has no such ticket type."]})
        limit = types[line.ticket_type_id]["max_per_booking"] if line.ticket_type_id else None
        if limit is not None and line.quantity > limit:
            raise ValidationFailed({f"items.{index}.quantity": [f"At most {limit} tickets of this type."]})
    if sum(line.quantity for line in lines) > event["max_per_booking"]:
        raise ValidationFailed({"quantity": [f"At most {event['max_per_booking']} tickets in one booking."]})
    return list(lines)


def require_on_sale(lines: Sequence[Line], event: Event, now: datetime) -> None:
    """Raise `NotOnSale` outside the sale window of the event, or of a line's ticket type."""
    _require_window("The event", event.get("sale_starts"), event.get("sale_ends"), now)
    types = {ticket_type["_id"]: ticket_type for ticket_type in event["ticket_types"]}
    for line in lines:
        ticket_type = types.get(line.ticket_type_id) if line.ticket_type_id else None
        if ticket_type is not None:
            starts, ends = ticket_type["sale_starts"], ticket_type["sale_ends"]
            _require_window(ticket_type["name"], starts, ends, now, ticket_type_id=str(ticket_type["_id"]))


def _require_window(what: str, starts: datetime | None, ends: datetime | None, now: datetime, **members: Any) -> None:
    early = starts is not None and now < starts
    if not early and (ends is None or now < ends):
        return
    members |= {"sale_starts": starts and rfc3339(starts), "sale_ends": ends and rfc3339(ends)}
    since = f"from {members['sale_starts']} on" if early else f"until {members['sale_ends']}"
    raise NotOnSale(f"{what} is on sale {since}.", **members)


def require_within_customer_limit(lines: Sequence[Line], event: Event, has: int) -> None:
    """Raise `CustomerLimit` if a customer who already has `has` tickets would have too many."""
    limit = event["max_per_customer"]
    if limit is not None and has + sum(line.quantity for line in lines) > limit:
        detail = f"At most {limit} tickets for each customer, and you have {has} of them already."
        raise CustomerLimit(detail, remaining=max(0, limit - has))


def require_confirmable(booking: Booking, event: Event, now: datetime) -> None:
    """Raise `EventCancelled`, `BookingCancelled`, `HoldExpired` or `EventPast` unless the hold can be confirmed."""
    if event["status"] == EVENT_CANCELLED:
        raise EventCancelled
    if booking["status"] == CANCELLED:
        raise BookingCancelled
    if booking["status"] == EXPIRED or is_over(booking, now):
        raise HoldExpired
    require_not_over(event, now)


def is_over(hold: Booking, now: datetime) -> bool:
    """Return True if the time of a hold has run out."""
    ends = hold["hold_expires_at"]
    return ends is not None and ends <= now


def require_cancellable(booking: Booking, event: Event, now: datetime) -> None:
    """Raise `CancellationClosed` if the customer can no longer cancel the booking; a hold can always be cancelled."""
    if booking["status"] != HELD and cancellable_until(event) <= now:
        raise CancellationClosed


def require_found(booking: Booking | None) -> Booking:
    """Return the booking; raises `BookingNotFound` if it is None."""
    if booking is None:
        raise BookingNotFound
    return booking
