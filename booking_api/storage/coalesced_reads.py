"""Coalesced reads: requests that arrive while a read is in progress share the next one.

A read that begins after a request has arrived returns the newest committed state, so other requests can use it too.
Documents that many requests ask for at once then cost one round trip together instead of one each.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from .deadline import deadline, seconds_left
from .group_commit import GroupCommit, Take

LANE = "read"
Id = TypeVar("Id", bound=Hashable)
Document = TypeVar("Document")


class CoalescedReads(Generic[Id, Document]):
    """Reads documents by id, in batches, each within a time limit of its own."""

    def __init__(self, find: Callable[[Sequence[Id]], dict[Id, Document]], seconds: float):
        self._find = find
        self._seconds = seconds
        self._queue = GroupCommit(self._read_batch)

    def get(self, document_id: Id) -> Document | None:
        """Return the current document; raises the driver's error, or `TooBusy` if the read does not start in time."""
        # Wait no longer than leaves enough time for the read itself.
        found: Document | None = self._queue.submit(
            LANE, document_id, min(self._seconds, seconds_left() - self._seconds)
        )
        return found

    def waiting(self) -> int:
        """Return how many requests wait for the next read."""
        return self._queue.waiting(LANE)

    def _read_batch(self, _lane: Hashable, take: Take) -> list[Document | None]:
        document_ids: Sequence[Id] = take()
        with deadline(self._seconds):
            found = self._find(list(set(document_ids)))
        return [found.get(document_id) for document_id in document_ids]
