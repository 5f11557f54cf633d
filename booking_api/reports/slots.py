"""How many files a process makes at once: each occupies a thread until its reader has it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bson import ObjectId

from .rules import ExportsBusy

PATIENCE_SECONDS = 1.0  # whoever has just got all of a file may ask for the next before its room is free


class Slots:
    """Room for so many files at once, of different callers."""

    def __init__(self, most: int):
        self._most = most
        self._taken: set[ObjectId] = set()
        # Reentrant, because a file that was abandoned may be collected, and give its room back, anywhere.
        self._freed = threading.Condition(threading.RLock())

    def taken(self) -> int:
        """Return how many files are being made."""
        return len(self._taken)

    @contextmanager
    def take(self, caller_id: ObjectId) -> Iterator[None]:
        """Have room for a file of this caller; raises `ExportsBusy` if there is none within `PATIENCE_SECONDS`."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._is_free(caller_id), PATIENCE_SECONDS):
                raise ExportsBusy
            self._taken.add(caller_id)
        try:
            yield
        finally:
            with self._freed:
                self._taken.discard(caller_id)
                self._freed.notify_all()

    def _is_free(self, caller_id: ObjectId) -> bool:
        return len(self._taken) < self._most and caller_id not in self._taken
