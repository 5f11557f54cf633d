"""Coalesced reads: requests that arrive while a read is in progress share the next one.

A read that begins after a request has arrived returns the newest committed state, so other requests can use it too.
Documents that many requests ask for at once then cost one round trip together instead of one each.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from .deadline import deadline, seconds_left
from .group_commit import GroupCommit, Take

LANE = "read"


class CoalescedReads:
    """Reads documents by id, in batches, each within a time limit of its own."""

    def __init__(self, find: Callable[[Sequence[Any]], dict[Any, dict[str, Any]]], seconds: float):
        self._find = find
        self._seconds = seconds
        self._queue = GroupCommit(self._read_batch)

    def get(self, document_id: Hashable) -> dict[str, Any] | None:
        """Return the current document; raises the driver's error, or `TooBusy` if the read does not start in time."""
        # Wait no longer than leaves enough time for the read itself.
        found: dict[str, Any] | None = self._queue.submit(
            LANE, document_id, min(self._seconds, seconds_left() - self._seconds)
        )
        return found

    def _read_batch(self, _lane: Hashable, take: Take) -> list[dict[str, Any] | None]:
        document_ids = take()
        with deadline(self._seconds):
            found = self._find(list(set(document_ids)))
        return [found.get(document_id) for document_id in document_ids]
