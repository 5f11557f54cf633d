"""How often the state of an attempt is looked up because somebody reads it."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

SECONDS = 5.0
MOST = 1000


class Lookups:
    """Remembers, in this process, what was looked up within the last seconds; of more than 1,000 only the latest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = Lock()
        self._last: OrderedDict[Hashable, float] = OrderedDict()

    def allows(self, what: Hashable) -> bool:
        """Return whether something may be looked up now, and note that it is."""
        now = self._clock()
        with self._lock:
            if now - self._last.get(what, float("-inf")) < SECONDS:
                return False
            self._last[what] = now
            self._last.move_to_end(what)
            if len(self._last) > MOST:
                self._last.popitem(last=False)
            return True
