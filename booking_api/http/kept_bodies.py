"""Bodies of answers that are the same for everybody, kept in memory until what they show has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_BODIES = 2000
MOST_BYTES = 8_000_000  # for each worker


class KeptBodies:
    """Keeps the latest body for each key, of the keys that were used last; bounded in number and bytes.

    A tag says of which state a body is. Whoever asks has read the present one, so a body is never older than that.
    """

    def __init__(self, most_bodies: int = MOST_BODIES, most_bytes: int = MOST_BYTES):
        self._most_bodies = most_bodies
        self._most_bytes = most_bytes
        self._mutex = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[str, bytes]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, tag: str, make: Callable[[], bytes]) -> bytes:
        """Return the body with this tag, from `make` unless it is kept."""
        with self._mutex:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == tag:
                self._kept.move_to_end(key)
                return kept[1]
        body = make()
        with self._mutex:
            self._drop(key)
            self._kept[key] = (tag, body)
            self._bytes += len(body)
            while len(self._kept) > self._most_bodies or self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))
        return body

    def _drop(self, key: Hashable) -> None:
        _, body = self._kept.pop(key, ("", b""))
        self._bytes -= len(body)
