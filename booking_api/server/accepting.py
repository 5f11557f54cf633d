"""How a worker accepts connections: in turn with the others, and never more than it has room for."""

import errno
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from .balance import LOOK_SECONDS, WORKERS, Counts, Turn
from .connection import Connection
from .waiting import Waiting

# Errors of `accept`: another worker was faster or the client has gone; and there is no room for another connection.
NOT_ACCEPTED = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPERM}
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Accepting(ThreadWorker):
    """The part of the worker that accepts connections."""

    body_limit: int
    pending_conns: Waiting  # type: ignore[assignment]
    _queues: tuple[Waiting, ...]
    _wait: Callable[..., None]  # what the worker does with a connection that waits, has sent something, or is closed
    _read: Callable[[Connection, socket.socket], None]
    _close: Callable[[Connection], None]

    counts = Counts()  # of the connections of all workers
    number = WORKERS  # of this worker, which no other live one has, once `pre_fork` has set it
    _connections = 0
    _yields = False  # lets another worker accept, until the loop has turned once more

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._turn = Turn(self.counts)

    @property
    def nr_conns(self) -> int:
        """The number of connections. The other workers see it as long as this one accepts any."""
        return self._connections

    @nr_conns.setter
    def nr_conns(self, connections: int) -> None:
        self._connections = connections
        if self.alive:
            self.counts.note(self.number, connections)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Start or stop accepting; gunicorn calls this when its loop turns, if that is not as it should be."""
        super().set_accept_enabled(bool(enabled) and not self._yields)
        if self.alive:
            self.counts.note(self.number, self.nr_conns)
        else:
            self.counts.leave(self.number)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for events, and only for a moment while another worker may accept."""
        if self._yields:
            self._yields = False
            timeout = LOOK_SECONDS
        super().wait_for_and_dispatch_events(timeout)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection if it is this worker's turn; if there is no room, close one that is waiting."""
        self._yields = not self.cfg.reuse_port and not self._turn.has_come(self.nr_conns)
        if self._yields:
            super().set_accept_enabled(False)
            return
        try:
            client_sock, client_addr = listener.accept()
        except OSError as error:
            if error.errno in NO_ROOM:
                self._make_room()
            elif error.errno not in NOT_ACCEPTED:
                raise
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, client_sock, client_addr, listener.getsockname(), self.body_limit)
        self._wait(conn, self.pending_conns, self._read)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _make_room(self) -> None:
        """Close the oldest connection of the longest queue, which is where an attack would show."""
        oldest = max(self._queues, key=len).oldest()
        if oldest:
            self._close(oldest)
