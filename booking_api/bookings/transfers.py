"""Tickets that are given to somebody else, with a new code that their booker does not see. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast

from ..accounts.rules import email_key
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import EventCancelled, require_not_over
from . import ticket_rules
from .facts import OfTransfer
from .model import Booking, Ticket, Transfer
from .rules import HELD

MOST_KEPT = 50  # of the latest transfers of a ticket, and of its dead codes


def require_transferable(booking: Booking, ticket: Ticket, event: Event, now: datetime) -> None:
    """Raise a problem unless a ticket of the booking can be given to somebody.

    They are `EventCancelled`, `EventPast`, `TicketCancelled`, `BookingHeld` and `AlreadyCheckedIn`.
    """
    if event["status"] == EVENT_CANCELLED:
        raise EventCancelled
    require_not_over(event, now)
    ticket_rules.require_not_cancelled(booking, ticket)
    if booking["status"] == HELD:
        raise ticket_rules.BookingHeld
    ticket_rules.require_not_scanned([ticket])


def given(ticket: Ticket, transfer: Transfer, code: str) -> Ticket:
    """Return the ticket as its new holder has it, with a new code; the old one is dead, and only its hash is kept."""
    changes = {
        "code": code,
        "attendee_name": transfer["name"],
        "attendee_email": transfer["email"],
        "transfers": [*ticket.get("transfers", []), transfer][-MOST_KEPT:],
        "revoked_codes": [*ticket.get("revoked_codes", []), hash_of(ticket["code"])][-MOST_KEPT:],
    }
    return cast(Ticket, ticket | changes)


def hash_of(code: str) -> str:
    """Return what is kept of a dead code, and what scanners without a network have of all codes."""
    return hashlib.sha256(code.encode()).hexdigest()


def holder_of(ticket: Ticket) -> Transfer | None:
    """Return the transfer by which somebody else has a ticket."""
    return next(reversed(ticket.get("transfers", [])), None)


def former_holder(before: Ticket, after: Ticket) -> Transfer | None:
    """Return who no longer has a ticket that was given on; None if it goes to the same address again."""
    former, holder = holder_of(before), holder_of(after)
    if former and holder and email_key(former["email"]) == email_key(holder["email"]):
        return None
    return former


def own_tickets(booking: Booking) -> list[Ticket]:
    """Return the tickets that were neither cancelled apart from their booking nor given to somebody."""
    return [ticket for ticket in ticket_rules.live_tickets(booking) if holder_of(ticket) is None]


def of_holders(booking: Booking, tickets: Iterable[Ticket]) -> Iterator[OfTransfer]:
    """Yield the transfers by which others have these tickets of a booking."""
    for ticket in tickets:
        holder = holder_of(ticket)
        if holder is not None:
            yield {"booking_id": booking["_id"], "ticket_id": ticket["_id"], "transfer_id": holder["_id"]}
