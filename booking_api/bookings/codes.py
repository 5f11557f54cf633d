"""What only chance gives a new ticket: its id, and the code that opens the door."""

import secrets
from collections.abc import Callable
from typing import NamedTuple

from bson import ObjectId


class TicketKey(NamedTuple):
    """The id and the code of a ticket that is to be issued."""

    id: ObjectId
    code: str


DrawKeys = Callable[[int], list[TicketKey]]


def draw_keys(count: int) -> list[TicketKey]:
    """Return so many new ids and codes; a code has 128 random bits."""
    return [TicketKey(ObjectId(), secrets.token_urlsafe(16)) for _ in range(count)]
