"""Random ids and codes for new tickets."""

import secrets

from bson import ObjectId

from .model import TicketKey


def draw_keys(count: int) -> list[TicketKey]:
    """Return `count` new ids and codes; a code has 128 random bits."""
    return [TicketKey(ObjectId(), secrets.token_urlsafe(16)) for _ in range(count)]
