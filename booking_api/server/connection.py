"""One client's connection, read by the main thread's loop or by a thread, but only as far as something is there."""

import contextlib
import select
import socket

from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from .arrival import Arrival
from .client_socket import ClientSocket
from .refusals import CONTINUE

RECEIVED_AT_ONCE = 16_384
DRAINED_AT_ONCE = 65_536
FOLLOWING_MILLISECONDS = 2  # longer than a busy client takes, too short to be missed in a thread


class Ended(Exception):
    """The client closed the connection, or went away, between two requests."""


class Connection(TConn):
    """A connection of gunicorn's whose parser never waits."""

    def __init__(self, cfg: Config, sock: socket.socket, client: tuple, server: tuple, body_limit: int):
        super().__init__(cfg, ClientSocket(sock), client, server)
        self.sock.setblocking(True)  # for the answers; reads that must not block pass MSG_DONTWAIT
        self.initialized = True
        self.parser = Arrival(body_limit)
        self.waiting = None  # the queue it is in
        self.begun = None  # when a thread began with its request, by the monotonic clock
        self.held = 0  # bytes of the request that was given to the threads
        self.counted = 0  # bytes of its unfinished request or answer, as the queue counted them
        self.keep = False  # once the answer is sent
        self.drained = 0
        self._poll = select.poll()  # unlike select() it takes any number of open files
        self._poll.register(self.sock, select.POLLIN)

    def receive(self) -> bool:
        """Read what is there; whether a request is complete. Raises `Refused`, or `Ended`."""
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
        """Whether the next request is complete, or is within a moment. Raises `Refused`, or `Ended`."""
        if self.parser.size:
            return self.parser.advance()
        return bool(self._poll.poll(FOLLOWING_MILLISECONDS)) and self.receive()

    def send(self, answer: bytes) -> None:
        """Send a few bytes, as far as the client takes them without being waited for."""
        with contextlib.suppress(OSError):
            self.sock.send(answer, socket.MSG_DONTWAIT)

    def drain(self, most: int) -> bool:
        """Throw away what still arrives; whether there is more to come, up to `most` bytes."""
        try:
            read = len(self.sock.recv(DRAINED_AT_ONCE, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.drained += read
        return read > 0 and self.drained < most
