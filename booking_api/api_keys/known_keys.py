"""The keys that a process has looked up in the last seconds, so that it need not ask for each at every request."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from .model import ApiKey

MOST = 10_000  # some megabytes
SECONDS = 4.0  # so that a key is dead within 5 s of its end, which has to be committed and asked for too


class KnownKeys:
    """Keys by their digest, or that there is none; each is known for `SECONDS`. Safe to use from several threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic):
        self._keys: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()
        self._mutex = threading.Lock()
        self._monotonic = monotonic

    def get(self, digest: str, find: Callable[[str], ApiKey | None]) -> tuple[ApiKey | None, bool]:
        """Return a key or None, and whether it had to be looked up with `find`."""
        now = self._monotonic()
        with self._mutex:
            found = self._keys.get(digest)
        if found is not None and found[0] > now - SECONDS:
            return found[1], False
        key = find(digest)
        with self._mutex:
            # As of before it was asked for, because it may have died since.
            self._keys[digest] = now, key
            self._keys.move_to_end(digest)
            while len(self._keys) > MOST:
                self._keys.popitem(last=False)
        return key, True

    def forget_all(self) -> None:
        """Ask for every key anew; called where one was deleted."""
        with self._mutex:
            self._keys.clear()
