"""What the status of tickets follows from. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from .rules import CANCELLED, HELD, LIVE

TICKET_STATUSES = ("valid", "held", "cancelled")
CODE = re.compile(r"[\w-]{1,64}", re.ASCII)  # ours have 22 characters


def may_be_code(text: str) -> bool:
    """Return whether a text could be the code of a ticket, so that it is worth looking for."""
    return CODE.fullmatch(text) is not None


def ticket_status(booking_status: str) -> str:
    """Return the status of a booking's tickets, of those that were not cancelled before it."""
    if booking_status not in LIVE:
        return CANCELLED
    return "held" if booking_status == HELD else "valid"


def status_of(ticket: Mapping[str, Any], booking_status: str) -> str:
    """Return the status of a ticket of a booking."""
    return CANCELLED if ticket.get("cancelled_at") else ticket_status(booking_status)
