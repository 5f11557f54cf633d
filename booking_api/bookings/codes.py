"""Random ids and codes for new tickets."""

import os
from base64 import urlsafe_b64encode

from ..storage.ids import id_of
from .model import TicketKey


def draw_keys(count: int) -> list[TicketKey]:
    """Return `count` new ids and codes; a code has 128 random bits."""
    return [_key_of(os.urandom(24)) for _ in range(count)]  # once for both: each costs a system call


def _key_of(drawn: bytes) -> TicketKey:
    return TicketKey(id_of(drawn[:8]), urlsafe_b64encode(drawn[8:]).rstrip(b"=").decode())
