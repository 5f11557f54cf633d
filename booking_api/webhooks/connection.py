"""One connection to a checked address, which ends in time, and what is read from it, which is bounded.

A socket's time-out bounds one operation, and so not a receiver that sends a byte now and then. Here a timer shuts the
connection when its time is over, whatever is waiting for it.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3.connection import HTTPConnection

from .targets import Target

MOST_ANSWER_BYTES = 32_768  # of the head, all interim answers and as much of the body as is read
MOST_ADDRESSES = 4  # that are tried, each with its share of the time


class TooLarge(OSError):
    """The receiver has sent more than anything sensible."""


class Deadline:
    """The time that is left for a send, in seconds of the monotonic clock."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds left; raises `TimeoutError` when there are none."""
        if (left := self._end - time.monotonic()) <= 0:
            raise TimeoutError
        return left


@contextmanager
def connected(target: Target, deadline: Deadline, context: Callable[[], ssl.SSLContext]) -> Iterator[HTTPConnection]:
    """Connect to one of the target's addresses; raises `OSError`, and of it `TimeoutError` when the time is over.

    The certificate must be one of the target's host, which is also what the server is asked for (SNI).
    """
    with _socket(target, deadline) as raw, _shut_in_time(raw, deadline):
        secure = target.scheme == "https"
        tls = context().wrap_socket(raw, server_hostname=target.host) if secure else raw
        with tls:
            connection = _OneExchange(target.addresses[0], target.port, timeout=deadline.left)
            connection.sock = tls
            try:
                yield connection
            finally:
                connection.close()


def _socket(target: Target, deadline: Deadline) -> socket.socket:
    addresses = target.addresses[:MOST_ADDRESSES]
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            # An address is no name, so nobody asks DNS again.
            return socket.create_connection((address, target.port), deadline.left / left)
        except OSError:
            if left == 1:
                raise
    raise OSError("A target has at least one address.")


@contextmanager
def _shut_in_time(raw: socket.socket, deadline: Deadline) -> Iterator[None]:
    """Shut the connection when the time is over; what then fails because of it is a `TimeoutError`."""
    over = threading.Event()
    # A descriptor of its own: TLS takes over that of `raw`, and a closed one could be another connection's by then.
    with raw.dup() as same:

        def shut() -> None:
            over.set()
            with suppress(OSError):
                same.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(deadline.left, shut)
        timer.daemon = True
        timer.start()
        try:
            raw.settimeout(deadline.left)
            yield
        except Exception as error:
            if over.is_set():
                raise TimeoutError from error
            raise
        else:
            if over.is_set():  # an answer that would end with the connection only seems complete
                raise TimeoutError
        finally:
            timer.cancel()
            timer.join()


class _BoundedFile(io.RawIOBase):
    """What the receiver sends; whoever reads on after `MOST_ANSWER_BYTES` gets a `TooLarge`."""

    def __init__(self, file: io.RawIOBase):
        self._file, self._left = file, MOST_ANSWER_BYTES
        self.has_ended = False

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has arrived."""
        if self._left <= 0:
            raise TooLarge
        read = self._file.readinto(buffer)
        self._left -= read or 0
        self.has_ended = read == 0
        return read

    def close(self) -> None:
        """Close the receiver's side too."""
        self._file.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """An answer that is no longer than `MOST_ANSWER_BYTES`, with a whole head."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._bounded = _BoundedFile(self.fp.detach())
        self.fp = io.BufferedReader(self._bounded)

    def begin(self) -> None:
        """Read the head; raises `IncompleteRead` if it breaks off, which http.client takes for its end."""
        super().begin()
        if self._bounded.has_ended:
            raise http.client.IncompleteRead(b"")


class _OneExchange(HTTPConnection):
    """A connection that was opened before, and is not opened again when it is lost."""

    response_class = _BoundedResponse
    auto_open = 0
