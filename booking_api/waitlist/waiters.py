"""What a settlement reads of a waiting list."""

from collections.abc import Sequence
from typing import Protocol

from bson import ObjectId

from .model import Entry


class Waiters(Protocol):
    """The entries of an event as they were before the transaction, and how many tickets their customers have."""

    def queued(self, type_id: ObjectId | None, most: int, after: int, limit: int) -> Sequence[Entry]:
        """Return the first entries after this number that take `most` tickets or fewer."""

    def waiting_of(self, customer_ids: Sequence[ObjectId]) -> Sequence[Entry]:
        """Return the entries of these customers that wait."""

    def tickets_of(self, customer_ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
        """Return how many tickets these customers have."""

    def is_any_queued(self, but: Sequence[ObjectId]) -> bool:
        """Return whether any entry is in the queue but those with these ids."""

    def waits_for(self, type_id: ObjectId | None) -> bool:
        """Return whether any entry waits for this type."""

    def to_close(self, most_of: dict[ObjectId | None, int], limit: int) -> Sequence[Entry]:
        """Return entries that wait for another type than these, or for more tickets than a booking may have of it."""

    def still_open(self, limit: int) -> Sequence[Entry]:
        """Return entries that wait or are offered tickets."""

    def blocked(self, limit: int) -> Sequence[Entry]:
        """Return entries that wait and are not in the queue."""
