"""Queues of the connections that the main thread watches, the longest waiting first; all are bounded."""

import time
from collections.abc import Iterator

from ..http.rate_limits import network_of
from .connection import Connection


class Waiting:
    """Connections that wait for the same thing, each for up to `seconds`."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._connections: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def add(self, conn: Connection) -> None:
        """Add a connection, which may wait from now on."""
        conn.timeout = time.monotonic() + self.seconds
        conn.waiting = self
        self._connections[conn] = None

    def remove(self, conn: Connection) -> None:
        """Take a connection out of the queue."""
        del self._connections[conn]
        conn.waiting = None

    def oldest(self) -> Connection | None:
        """Return the connection that has waited longest, or None."""
        return next(iter(self._connections), None)

    def expired(self, now: float) -> list[Connection]:
        """Return the connections whose time is over."""
        found = []
        for conn in self._connections:
            if conn.timeout > now:
                break
            found.append(conn)
        return found

    def shorten(self, latest: float) -> None:
        """Let no connection wait beyond this time."""
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
    """Connections whose request has begun to arrive, but is not complete.

    `most_bytes` limits what all of them hold, `most_of_a_client` how many one address may have; it is None if the
    address is that of a proxy, which all clients share.
    """

    def __init__(self, seconds: float, most_bytes: int, most_of_a_client: int | None):
        super().__init__(seconds)
        self._bytes = 0
        self._most_bytes = most_bytes
        self._most_of_a_client = most_of_a_client
        self._of_clients: dict[str, dict[Connection, None]] = {}

    def add(self, conn: Connection) -> None:
        """Add a connection, which may wait from now on; `grow` counts its bytes."""
        super().add(conn)
        if self._most_of_a_client is not None:
            self._of_clients.setdefault(_network(conn), {})[conn] = None

    def remove(self, conn: Connection) -> None:
        """Take a connection out of the queue, and its bytes out of the count."""
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
        """Count what has arrived on a connection; return the connection to close if a limit is exceeded, or None."""
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
    return network_of(conn.client[0] if isinstance(conn.client, tuple) else None)  # a Unix socket has no address
