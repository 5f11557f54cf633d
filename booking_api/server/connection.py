"""A client's connection. The main thread or a worker thread reads from it, but only what has already arrived."""

import contextlib
import select
import socket
from typing import Any, Protocol

from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from .arrival import Arrival
from .client_socket import ClientSocket
from .refusals import CONTINUE

RECEIVED_AT_ONCE = 16_384
DRAINED_AT_ONCE = 65_536
# Longer than a busy client needs, also on a busy machine, and short enough for a thread to wait: who comes later makes
# the detour through the main thread. With 2, 5 and 12, a bare request took 0.076, 0.042 and 0.045 ms of CPU there.
FOLLOWING_MILLISECONDS = 5


Address = str | tuple[str, int]  # of a Unix or an internet socket


class Ended(Exception):
    """The client closed the connection, or went away, between two requests."""


class Queue(Protocol):
    """What a connection waits in."""

    def remove(self, conn: "Connection") -> None:
        """Take a connection out of the queue."""


class Connection(TConn):
    """A gunicorn connection whose parser never blocks."""

    parser: Arrival  # type: ignore[assignment]  # replaces gunicorn's, which blocks
    client: Address
    server: Address
    sock: ClientSocket  # keeps what the client does not take yet
    timeout: float

    def __init__(self, cfg: Config, sock: socket.socket, client: Address, server: Address, body_limit: int):
        super().__init__(cfg, ClientSocket(sock), client, server)
        self.sock.setblocking(True)  # for writing answers; reads pass MSG_DONTWAIT
        self.initialized = True
        self.parser = Arrival(body_limit)
        self.waiting: Queue | None = None  # the queue it is in
        self.begun: float | None = None  # when a thread began with its request, by the monotonic clock
        self.held = 0  # bytes of the request that was passed to the threads
        self.counted = 0  # bytes of its unfinished request or answer, as the queue counted them
        self.keep = False  # once the answer is sent
        self.drained = 0
        self.environ: dict[str, Any] | None = None  # what the WSGI environments of all its requests have in common
        self._poll = select.poll()  # unlike select() it has no limit on the number of open files
        self._poll.register(self.sock, select.POLLIN)

    def receive(self) -> bool:
        """Read what has arrived. Returns True if a request is complete. Raises `Refused`, or `Ended`."""
        try:
            data = self.sock.recv(RECEIVED_AT_ONCE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            raise Ended from None
        if not data:
            self.parser.end()
            raise Ended
        if self.parser.feed(data):
            return True
        if self.parser.expects_continue:
            self.parser.expects_continue = False
            self.send(CONTINUE)
        return False

    def follows(self) -> bool:
        """Return True if the next request is complete, or will be within 5 ms. Raises `Refused`, or `Ended`."""
        if self.parser.size:
            return self.parser.advance()
        return bool(self._poll.poll(FOLLOWING_MILLISECONDS)) and self.receive()

    def send(self, answer: bytes) -> None:
        """Send a few bytes without blocking; what the client does not take at once is lost."""
        with contextlib.suppress(OSError):
            self.sock.send(answer, socket.MSG_DONTWAIT)

    def drain(self, most: int) -> bool:
        """Drop what still arrives. Returns False at the end of it, or after `most` bytes."""
        try:
            read = len(self.sock.recv(DRAINED_AT_ONCE, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.drained += read
        return read > 0 and self.drained < most
