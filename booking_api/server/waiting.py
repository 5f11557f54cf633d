"""Connections that wait for the loop of the main thread, the longest waiting first; all of it is bounded."""

import time
from collections.abc import Iterator

from ..http.rate_limits import network_of
from .connection import Connection


class Waiting:
    """Connections that wait for the same thing, each for so many seconds."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._connections: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def add(self, conn: Connection) -> None:
        """Let it wait from now on."""
        conn.timeout = time.monotonic() + self.seconds
        conn.waiting = self
        self._connections[conn] = None

    def remove(self, conn: Connection) -> None:
        """It waits no longer."""
        del self._connections[conn]
        conn.waiting = None

    def oldest(self) -> Connection | None:
        """Which has waited longest."""
        return next(iter(self._connections), None)

    def expired(self, now: float) -> list[Connection]:
        """Those whose time is over."""
        found = []
        for conn in self._connections:
            if conn.timeout > now:
                break
            found.append(conn)
        return found

    def shorten(self, latest: float) -> None:
        """Let none wait longer than until then."""
        for conn in self._connections:
            conn.timeout = min(conn.timeout, latest)


class Sending(Waiting):
    """Connections whose client has not taken all of its answer; `size` is how many bytes are kept for all of them."""

    size = 0

    def add(self, conn: Connection) -> None:
        """Let it wait from now on."""
        super().add(conn)
        conn.counted = len(conn.sock.unsent)
        self.size += conn.counted

    def remove(self, conn: Connection) -> None:
        """It waits no longer, and its bytes count no more."""
        super().remove(conn)
        self.size -= conn.counted
        conn.counted = 0


class Arriving(Waiting):
    """Connections whose request has begun to arrive, and is not complete.

    `most_bytes` is for all of them, `most_of_a_client` for those of one address; None where the address is a proxy's,
    behind which everybody is.
    """

    def __init__(self, seconds: float, most_bytes: int, most_of_a_client: int | None):
        super().__init__(seconds)
        self._bytes = 0
        self._most_bytes = most_bytes
        self._most_of_a_client = most_of_a_client
        self._of_clients: dict[str, dict[Connection, None]] = {}

    def add(self, conn: Connection) -> None:
        """Let it wait from now on; `grow` counts what has arrived."""
        super().add(conn)
        if self._most_of_a_client is not None:
            self._of_clients.setdefault(_network(conn), {})[conn] = None

    def remove(self, conn: Connection) -> None:
        """It waits no longer, and its bytes count no more."""
        super().remove(conn)
        self._bytes -= conn.counted
        conn.counted = 0
        if self._most_of_a_client is not None:
            network = _network(conn)
            of_client = self._of_clients[network]
            del of_client[conn]
            if not of_client:
                del self._of_clients[network]

    def grow(self, conn: Connection) -> Connection | None:
        """Count what has arrived of it, and return which connection must go for that: the oldest, if one must."""
        size = conn.parser.size
        self._bytes += size - conn.counted
        conn.counted = size
        if self._bytes > self._most_bytes:
            return self.oldest()
        if self._most_of_a_client is not None:
            of_client = self._of_clients[_network(conn)]
            if len(of_client) > self._most_of_a_client:
                return next(iter(of_client))
        return None


def _network(conn: Connection) -> str:
    return network_of(conn.client[0] if conn.client else None)  # a Unix socket's client has no address
