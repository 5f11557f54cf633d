"""Where in a list somebody stands, a few seconds old at most: a look into the numbers of all who wait.

They are read from an index once in `SECONDS` for each list that is asked about, 8 bytes for each entry. As many lists
are kept as it takes that nobody who waits in several makes this process read them at each request.
"""

import threading
import time
from array import array
from bisect import bisect_left
from collections import OrderedDict

from bson import ObjectId

from .store import WaitlistStore

SECONDS = 5.0
MOST_LISTS = 1_000
MOST_NUMBERS = 4_000_000  # of all lists together, 32 MB: 40 of the longest lists


class Positions:
    """The positions in the lists that were asked about last. Safe to use from several threads."""

    def __init__(self, entries: WaitlistStore):
        self._entries = entries
        self._lists: OrderedDict[ObjectId, tuple[float, array[int]]] = OrderedDict()
        self._mutex = threading.Lock()

    def of(self, event_id: ObjectId, number: int) -> int:
        """Return the position of an entry that waits: 1 is served first."""
        return bisect_left(self._numbers(event_id), number) + 1

    def _numbers(self, event_id: ObjectId) -> "array[int]":
        with self._mutex:
            read_at, numbers = self._lists.get(event_id, (0.0, None))
            if numbers is not None and time.monotonic() < read_at + SECONDS:
                return numbers
            if numbers is not None:  # others go on with it while this thread reads
                self._lists[event_id] = time.monotonic(), numbers
        fresh = array("q", self._entries.numbers(event_id))
        with self._mutex:
            self._lists[event_id] = time.monotonic(), fresh
            self._lists.move_to_end(event_id)
            kept = sum(len(each) for _, each in self._lists.values())
            while len(self._lists) > MOST_LISTS or (kept > MOST_NUMBERS and len(self._lists) > 1):
                _, (_, dropped) = self._lists.popitem(last=False)
                kept -= len(dropped)
        return fresh
