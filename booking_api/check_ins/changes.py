"""What the feed of an event says of scans. Pure."""

from datetime import datetime

from ..bookings.model import Booking, Ticket
from ..bookings.tickets import status_of
from ..events.changes import Change, ChangedBy, change

TICKET_CHECKED_IN, TICKET_CHECK_IN_UNDONE = CHECK_IN_TYPES = ("ticket.checked_in", "ticket.check_in_undone")


def of_check_in(
    kind: str, booking: Booking, ticket: Ticket, name: str, checked_in_at: datetime, actor: ChangedBy
) -> Change:
    """Return the change by which a ticket came in by the list `name`, or its coming in was undone."""
    shown = {
        "id": ticket["_id"],
        "booking_id": booking["_id"],
        "status": status_of(ticket, booking["status"]),
        "list": name,
        "checked_in_at": checked_in_at,
    }
    return change(kind, {"ticket": shown}, actor)
