"""Answers that their client does not take at once: kept, and sent by the main thread's loop as the client reads."""

import selectors
import socket
from collections.abc import Callable

from .connection import Connection
from .waiting import Sending

MOST_UNSENT_BYTES = 64_000_000  # of all answers that wait for their clients


class Answers:
    """The part of the worker that sends what is left of answers, so that no thread waits for who reads slowly."""

    _sending: Sending
    _wait: Callable[..., None]  # what the worker does with a connection that waits, is taken out, or is closed
    _take: Callable[[Connection], None]
    _close: Callable[[Connection], None]
    _go_on: Callable[..., None]

    def _send_rest(self, conn: Connection, *, keep: bool) -> None:
        """Send what is left of the answers, and only then go on with the connection."""
        conn.keep = keep
        self._wait(conn, self._sending, self._send_more, selectors.EVENT_WRITE)
        while self._sending.size > MOST_UNSENT_BYTES and (oldest := self._sending.oldest()):
            self._close(oldest)

    def _send_more(self, conn: Connection, _sock: socket.socket) -> None:
        if conn.waiting is None:  # closed by what came before in this turn of the loop
            return
        try:
            complete = conn.sock.send_more()
        except OSError:
            self._close(conn)
            return
        if complete:
            self._take(conn)
            self._go_on(conn, keep=conn.keep)
