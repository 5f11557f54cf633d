"""Decisions about scans, and the errors of this resource. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from ..bookings.model import Booking, CheckIn, Ticket
from ..bookings.rules import CANCELLED, HELD
from ..bookings.ticket_rules import AlreadyCheckedIn, TicketCancelled, TicketNotFound, TicketRevoked
from ..bookings.tickets import may_be_code, status_of
from ..bookings.transfers import hash_of
from ..clock import rfc3339
from ..errors import Conflict, Invalid, Problem, Unavailable, ValidationFailed
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import check_in_lists

CREATED, DUPLICATE, CONFLICT, REFUSED = OUTCOMES = ("created", "duplicate", "conflict", "refused")
REPLAYED = "replayed"  # answered as before, and not logged again
AHEAD = timedelta(minutes=5)  # by how much the clock of a device may be ahead of ours
BEHIND = timedelta(days=3 * 365)  # by how much a scan may be before its booking; nobody believes more
ADDRESS = re.compile(r".*?/t/([\w-]{1,64})(\.(svg|png|pdf))?/?([?#].*)?", re.ASCII | re.DOTALL)


class TicketHeld(Conflict):
    """The ticket is only on hold: its booking was not confirmed. It lets nobody in yet.

    Its customer has to confirm the booking, or to pay for it; then scan it again, with another `nonce`.
    """

    code = "ticket_held"
    title = "The ticket is on hold"


class NonceReused(Invalid):
    """This `nonce` was sent with the scan of another ticket, or for another list. Nothing was done.

    Make a new random nonce for each scan, and repeat it only to send the same scan again.
    """

    code = "nonce_reused"
    title = "The nonce was used before"
    example = {
        "detail": "This nonce was sent with another scan.",
        "errors": {"nonce": ["Was sent with another scan."]},
    }

    def __init__(self) -> None:
        super().__init__(self.example["detail"])


class SnapshotsBusy(Unavailable):
    """As many snapshots as this service makes at once are being made.

    Send the request again after the seconds in `Retry-After`.
    """

    code = "snapshots_busy"
    title = "Other snapshots are being made"
    retry_after_seconds = 2


REFUSALS: dict[str, type[Problem]] = {
    each.code: each for each in (TicketNotFound, TicketCancelled, TicketRevoked, TicketHeld)
}


def code_in(text: str) -> str | None:
    """Return the code in what a scanner has read: the code, or the address of the ticket; None if there is none.

    Tickets show the code in groups, and it may have been typed or copied as it is shown there.
    """
    address = ADDRESS.fullmatch(text.strip())
    code = address[1] if address else "".join(text.split())
    return code if may_be_code(code) else None


def subject_of(text: str) -> str:
    """Return what stands in the log for what was read and is no ticket of the event; it could be one of another's."""
    return hash_of(text.strip())


def list_named(name: str | None, event: Event) -> str:
    """Return the list that a scan is for, the first if it names none; raises `ValidationFailed` for no list of it."""
    lists = check_in_lists(event)
    if name is None:
        return lists[0]
    if name not in lists:
        raise ValidationFailed({"list": [f"Must be one of the event's check_in_lists, like {lists[0]!r}."]})
    return name


def require_not_ahead(scanned_at: datetime, now: datetime) -> None:
    """Raise `ValidationFailed` if a device says that a scan was made in the future."""
    if scanned_at > now + AHEAD:
        raise ValidationFailed({"scanned_at": ["Is more than 5 minutes ahead: look at the clock of the device."]})


def time_of(scanned_at: datetime | None, booking: Booking, now: datetime) -> datetime:
    """Return when a ticket of a booking was scanned: when the device says so, or now if that cannot be.

    The clock of a device that has lost its time is years behind, and would be earlier than every other.
    """
    return now if scanned_at is None or scanned_at < booking["created_at"] - BEHIND else scanned_at


def status_at_door(booking: Booking, ticket: Ticket, event: Event) -> str:
    """Return the status of a ticket; it is cancelled from the moment in which its event is, before its booking is."""
    return CANCELLED if event["status"] == EVENT_CANCELLED else status_of(ticket, booking["status"])


def require_valid(booking: Booking, ticket: Ticket, event: Event) -> None:
    """Raise `TicketCancelled` or `TicketHeld` unless the ticket lets somebody in."""
    if event["status"] == EVENT_CANCELLED:
        raise TicketCancelled("The event was cancelled, and all its tickets.")
    status = status_at_door(booking, ticket, event)
    if status == CANCELLED:
        raise TicketCancelled
    if status == HELD:
        raise TicketHeld


def check_in_of(ticket: Ticket, name: str) -> CheckIn | None:
    """Return how a ticket has come in, by one of the lists; None if it has not."""
    return next((each for each in ticket.get("check_ins", []) if each["list"] == name), None)


def with_check_ins(ticket: Ticket, check_ins: Sequence[CheckIn]) -> Ticket:
    """Return the ticket with these check-ins; `checked_in_at` is the first of them."""
    first = min((each["at"] for each in check_ins), default=None)
    return {**ticket, "check_ins": list(check_ins), "checked_in_at": first}


def already(checked_in_at: datetime) -> AlreadyCheckedIn:
    """Return the problem of a ticket that is in already."""
    at = rfc3339(checked_in_at)
    return AlreadyCheckedIn(f"This ticket was scanned at {at}.", checked_in_at=at)
