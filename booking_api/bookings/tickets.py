"""What the status of tickets follows from. Pure."""

from collections.abc import Mapping
from typing import Any

from .rules import CANCELLED, HELD, LIVE

TICKET_STATUSES = ("valid", "held", "cancelled")


def ticket_status(booking_status: str) -> str:
    """Return the status of a booking's tickets, of those that were not cancelled before it."""
    if booking_status not in LIVE:
        return CANCELLED
    return "held" if booking_status == HELD else "valid"


def status_of(ticket: Mapping[str, Any], booking_status: str) -> str:
    """Return the status of a ticket of a booking."""
    return CANCELLED if ticket.get("cancelled_at") else ticket_status(booking_status)
