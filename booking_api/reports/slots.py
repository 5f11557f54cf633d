"""How many files a process makes at once: each occupies a thread until its reader has it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bson import ObjectId

from .rules import ExportsBusy


class Slots:
    """Room for so many files at once, of different callers."""

    def __init__(self, most: int):
        self._most = most
        self._taken: set[ObjectId] = set()
        # Reentrant, because a file that was abandoned may be collected, and give its room back, anywhere.
        self._lock = threading.RLock()

    def taken(self) -> int:
        """Return how many files are being made."""
        return len(self._taken)

    @contextmanager
    def take(self, caller_id: ObjectId) -> Iterator[None]:
        """Have room for a file of this caller; raises `ExportsBusy`."""
        with self._lock:
            if len(self._taken) >= self._most or caller_id in self._taken:
                raise ExportsBusy
            self._taken.add(caller_id)
        try:
            yield
        finally:
            with self._lock:
                self._taken.discard(caller_id)
