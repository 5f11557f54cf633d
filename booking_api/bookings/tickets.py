"""What the status of tickets follows from. Pure."""

from .rules import CANCELLED, HELD, LIVE

TICKET_STATUSES = ("valid", "held", "cancelled")


def ticket_status(booking_status: str) -> str:
    """Return the status of a booking's tickets."""
    if booking_status not in LIVE:
        return CANCELLED
    return "held" if booking_status == HELD else "valid"
