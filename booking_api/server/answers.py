"""The end of an answer: what the client does not take at once is sent as it reads; then the connection is closed."""

import selectors
import socket
from collections.abc import Callable

from .connection import Connection
from .waiting import Sending, Waiting

MOST_UNSENT_BYTES = 64_000_000  # of all answers that wait for their clients
LINGER_SECONDS = 2.0
MOST_DRAINED = 65_536
MOST_DRAINED_OF_A_BODY = 32_000_000


class Answers:
    """The part of the worker that sends the rest of answers and closes connections, so no thread waits for that."""

    _sending: Sending
    _lingering: Waiting
    _draining: Waiting
    _wait: Callable[..., None]  # what the worker does with a connection that waits, is taken out, or is closed
    _take: Callable[[Connection], None]
    _close: Callable[[Connection], None]
    _end: Callable[[Connection], None]
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

    def _linger(self, conn: Connection) -> None:
        """Signal the end of the answers, and close when the client has closed, or after a time.

        If the connection were closed at once, unread data would make the kernel reset it, and the client could lose
        the last answer (RFC 9112, section 9.6). A client that sends a body which is too large often reads the answer
        only after it has sent the whole body.
        """
        conn.parser.forget()
        try:
            conn.sock.end_unframed()
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # the client has gone
            self._end(conn)
            return
        self._wait(conn, self._draining if conn.parser.unread else self._lingering, self._drain)

    def _drain(self, conn: Connection, _sock: socket.socket) -> None:
        if conn.waiting is None:  # closed by an earlier event of this turn of the loop
            return
        if not conn.drain(MOST_DRAINED_OF_A_BODY if conn.parser.unread else MOST_DRAINED):
            self._close(conn)
