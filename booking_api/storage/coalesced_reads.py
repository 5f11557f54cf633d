"""Reads that ride together: whoever asks while a read is on its way waits for the next one, and shares it.

A read that begins after a request has arrived shows it the newest committed state, whoever else it is for. So documents
that many ask for at once cost a round trip together, where each alone would cost its own.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from .deadline import deadline, seconds_left
from .group_commit import GroupCommit, Take

LANE = "read"


class CoalescedReads:
    """Reads documents by id, in batches, each within a time limit of its own."""

    def __init__(self, find: Callable[[Sequence[Any]], dict[Any, dict]], seconds: float):
        self._find = find
        self._seconds = seconds
        self._queue = GroupCommit(self._read_batch)

    def get(self, document_id: Hashable) -> dict | None:
        """The document as it is now; raises the driver's error, and `TooBusy` if its turn does not come in time."""
        # What is left when the turn comes must do for the read.
        return self._queue.submit(LANE, document_id, min(self._seconds, seconds_left() - self._seconds))

    def waiting(self) -> int:
        """Return how many requests wait for the next read."""
        return self._queue.waiting(LANE)

    def _read_batch(self, _lane: Hashable, take: Take) -> list[dict | None]:
        document_ids = take()
        with deadline(self._seconds):
            found = self._find(list(set(document_ids)))
        return [found.get(document_id) for document_id in document_ids]
