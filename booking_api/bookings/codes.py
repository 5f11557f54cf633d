"""What only chance gives a new ticket: its id, and the code that opens the door."""

import secrets

from bson import ObjectId

from .model import TicketKey


def draw_keys(count: int) -> list[TicketKey]:
    """Return so many new ids and codes; a code has 128 random bits."""
    return [TicketKey(ObjectId(), secrets.token_urlsafe(16)) for _ in range(count)]
