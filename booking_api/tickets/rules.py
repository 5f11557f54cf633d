"""The states of tickets, and the problems of this resource. Pure."""

from ..bookings.model import Booking, Ticket
from ..bookings.rules import HELD as BOOKING_HELD
from ..bookings.rules import LIVE
from ..bookings.ticket_rules import TicketNotFound
from ..bookings.tickets import may_be_code
from ..errors import Conflict, Gone, Unavailable
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.rules import check_in_lists

__all__ = [
    "NoValidTicket",
    "PrintersBusy",
    "TicketGivenAway",
    "TicketNotFound",
    "holder_of",
    "may_be_code",
    "state_of",
]

VALID, HELD, CANCELLED, USED = STATES = ("valid", "held", "cancelled", "used")


class NoValidTicket(Conflict):
    """The booking has no valid ticket to print: it is on hold, or it was cancelled or has expired.

    Confirm a hold, or pay for it, before `hold_expires_at`, and ask again. Otherwise book again, if there are tickets
    left.
    """

    code = "no_valid_ticket"
    title = "The booking has no valid ticket"


class TicketGivenAway(Gone):
    """The ticket that was here was given to somebody else, under a new code. The old one lets nobody in.

    The new code went by mail to the person who has the ticket now. Who booked it can say to whom they gave it.
    """

    code = "ticket_given_away"
    title = "The ticket was given to somebody else"


class PrintersBusy(Unavailable):
    """Too many tickets are being made into PDFs just now.

    Ask again after the seconds in `Retry-After`. The page of each ticket has the same QR code.
    """

    code = "printers_busy"
    title = "Too many PDFs at once"
    retry_after_seconds = 2


def state_of(ticket: Ticket, booking: Booking, event: Event) -> str:
    """Return the state of a ticket: one of `STATES`; it is used once every list of its event has it.

    Until then it is shown and scanned again: a pass for three days has a list for each.
    """
    if booking["status"] not in LIVE or ticket.get("cancelled_at") or event["status"] == EVENT_CANCELLED:
        return CANCELLED
    if booking["status"] == BOOKING_HELD:
        return HELD
    scanned = {check_in["list"] for check_in in ticket.get("check_ins", ())}
    return USED if scanned.issuperset(check_in_lists(event)) else VALID


def holder_of(ticket: Ticket, customer: str | None) -> str | None:
    """Return who comes with a ticket: its attendee if there is one, else the customer."""
    return ticket.get("attendee_name") or customer
