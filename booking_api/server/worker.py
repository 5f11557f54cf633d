"""A threaded gunicorn worker that gives a request a thread only once it has arrived, and that stops in time."""

import contextlib
import errno
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from .answers import LINGER_SECONDS, Answers
from .connection import Connection, Ended
from .handling import Handling
from .refusals import OVERLOADED, TOO_SLOW, Refused
from .spread import STEP_SECONDS, ConnectionCounts, Share
from .waiting import Arriving, Sending, Waiting

IDLE_GRACE_SECONDS = 1.0
MOST_UNFINISHED_BYTES = 64_000_000  # of all requests that are arriving
MOST_WAITING_BYTES = 64_000_000  # of all that have arrived, where they are large
LARGE = 16_384
LOOK_AFTER_THREADS_SECONDS = 0.5
# Errors of `accept`: another worker was faster or the client has gone; and there is no room for another connection.
NOT_ACCEPTED = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPERM}
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Worker(Answers, Handling):
    """A gthread worker whose main thread reads and sends, and whose threads only get complete requests.

    A stopping gthread worker waits for idle keep-alive connections until `graceful_timeout`; this one gives them only
    a second, for a request that may be under way. Requests in progress still have all of `graceful_timeout`.
    """

    read_seconds = 10.0  # for a whole request to arrive; twice as long for handling it and sending the answer
    body_limit = 1_000_000  # bytes
    most_of_a_client: int | None = 100  # unfinished requests from one address; None if the address is a proxy's
    counts = ConnectionCounts()  # of all workers of this master, which has made it before the fork
    number: int  # set before the fork; no other live worker has it
    pending_conns: Waiting  # type: ignore[assignment]  # gunicorn has deques, which only methods replaced here use
    keepalived_conns: Waiting  # type: ignore[assignment]
    _accepting: bool  # whether it looks at the listening sockets

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.pending_conns = Waiting(self.cfg.keepalive)  # have sent nothing yet
        self.keepalived_conns = Waiting(self.cfg.keepalive)
        self._arriving = Arriving(self.read_seconds, MOST_UNFINISHED_BYTES, self.most_of_a_client)
        # Connections whose client should close; on those of the second kind a large body may still be arriving.
        self._lingering, self._draining = Waiting(LINGER_SECONDS), Waiting(self.read_seconds)
        self._sending = Sending(2 * self.read_seconds)
        self._queues: tuple[Waiting, ...] = (
            *(self._arriving, self._sending, self._draining, self._lingering),
            *(self.pending_conns, self.keepalived_conns),
        )
        self._working: set[Connection] = set()  # those that threads have; used by the main thread alone
        self._held = 0  # bytes of their requests
        self._next_look = 0.0
        self._looks_away_until = 0.0

    def init_process(self) -> None:
        """Begin, in the process of the worker; returns when it has ended."""
        self._share = Share(self.counts, self.number)
        super().init_process()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End at once; gunicorn raises `SystemExit` in the midst of whatever the main thread does, with locks held."""
        self.alive = False
        if not self.booted:
            os._exit(0)
        self.method_queue.defer(sys.exit, 0)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Look at the listening sockets from now on, or not; the other workers count on it while it does."""
        if enabled and time.monotonic() < self._looks_away_until:
            return
        super().set_accept_enabled(enabled)
        self._share.note(self.nr_conns if enabled else None)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, or leave it to another worker; if there is no room, close one that is waiting."""
        now = time.monotonic()
        if self._share.leaves_it(self.nr_conns, now):
            self._looks_away_until = now + STEP_SECONDS
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
        self._share.note_accepted(self.nr_conns)
        conn = Connection(self.cfg, client_sock, client_addr, listener.getsockname(), self.body_limit)
        self._wait(conn, self.pending_conns, self._read)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _make_room(self) -> None:
        """Close the oldest connection of the longest queue, which is where an attack would show."""
        oldest = max(self._queues, key=len).oldest()
        if oldest:
            self._close(oldest)

    def _wait(
        self,
        conn: Connection,
        queue: Waiting,
        on_ready: Callable[[Connection, socket.socket], None],
        events: int = selectors.EVENT_READ,
    ) -> None:
        queue.add(conn)
        self.poller.register(conn.sock, events, partial(on_ready, conn))

    def _take(self, conn: Connection) -> None:
        """Stop watching a connection."""
        self.poller.unregister(conn.sock)
        if conn.waiting is not None:
            conn.waiting.remove(conn)

    def _close(self, conn: Connection) -> None:
        """Close a connection that the main thread watches."""
        self._take(conn)
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        """Close a connection, which nothing watches."""
        self.nr_conns -= 1
        if self._accepting:
            self._share.note(self.nr_conns)
        conn.close()

    def _read(self, conn: Connection, _sock: socket.socket) -> None:
        """Read what has arrived, and pass the connection to the threads once a request is complete."""
        if conn.waiting is None:  # closed by an earlier event of this turn of the loop
            return
        try:
            complete = conn.receive()
        except Ended:
            self._close(conn)
        except Refused as refused:
            self._take(conn)
            self._refuse(conn, refused)
        else:
            if complete:
                self._take(conn)
                self.enqueue_req(conn)
            else:
                self._keep_arriving(conn)

    def _keep_arriving(self, conn: Connection) -> None:
        if conn.waiting is not None and conn.waiting is not self._arriving and conn.parser.size:
            conn.waiting.remove(conn)
            self._arriving.add(conn)
        while conn.waiting is self._arriving and (surplus := self._arriving.grow(conn)):
            self._close(surplus)

    def enqueue_req(self, conn: Connection) -> None:
        """Pass a connection with a complete request to the threads; refuse it if too much waits for them already."""
        conn.held = conn.parser.size
        if conn.held > LARGE and self._held + conn.held > MOST_WAITING_BYTES:
            self._refuse(conn, Refused(OVERLOADED, "too much is waiting"))
            return
        self._held += conn.held
        conn.begun = None
        self._working.add(conn)
        super().enqueue_req(conn)

    def _refuse(self, conn: Connection, refused: Refused) -> None:
        """Answer from the main thread without a request, and close the connection."""
        conn.send(self._answer(refused))
        self._linger(conn)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Take a connection back from its thread.

        When stopping, gunicorn would close the connection at once, although it has just promised to keep it and the
        client's next request may be under way. And when closing it would block the main thread for up to 2 s for each
        connection, until the client closes.
        """
        self._working.discard(conn)
        self._held -= conn.held
        keep = not (fs.cancelled() or fs.exception()) and fs.result() is True
        if conn.sock.unfinished:
            self._end(conn)
        elif conn.sock.unsent:
            self._send_rest(conn, keep=keep)
        else:
            self._go_on(conn, keep=keep)

    def _go_on(self, conn: Connection, *, keep: bool) -> None:
        """Wait for the next request of a connection that is kept, or for its client to close it."""
        if not keep:
            self._linger(conn)
            return
        try:
            complete = conn.parser.advance()
        except Refused as refused:
            self._refuse(conn, refused)
            return
        if complete:
            self.enqueue_req(conn)
            return
        self._wait(conn, self.keepalived_conns, self._read)
        if conn.parser.size:
            self._keep_arriving(conn)

    def murder_keepalived(self) -> None:
        """Close connections whose time is over; when stopping, idle ones get `IDLE_GRACE_SECONDS`."""
        now = time.monotonic()
        if not self.alive:
            self.keepalived_conns.shorten(now + IDLE_GRACE_SECONDS)
            self.pending_conns.shorten(now + IDLE_GRACE_SECONDS)
        for conn in self._arriving.expired(now):
            self._take(conn)
            self._refuse(conn, Refused(TOO_SLOW, "too slow"))
        for queue in self._queues:
            for conn in queue.expired(now):
                self._close(conn)
        if now >= self._next_look:
            self._next_look = now + LOOK_AFTER_THREADS_SECONDS
            self._look_after_threads(now)
            self._surplus = self._share.surplus(self.nr_conns) if self._accepting else 0

    def murder_pending(self) -> None:
        """Do nothing: `murder_keepalived` closes gunicorn's second kind of waiting connections too."""

    def _look_after_threads(self, now: float) -> None:
        """Free threads that have waited too long for a client to take its answer."""
        for conn in self._working:
            if conn.begun and now - conn.begun > 2 * self.read_seconds:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for events; when stopping only briefly, so that idle connections are closed in time."""
        if not self.alive:
            timeout = IDLE_GRACE_SECONDS / 4 if timeout is None else min(timeout, IDLE_GRACE_SECONDS / 4)
        elif not self._accepting and self.nr_conns < self.worker_connections:
            timeout = STEP_SECONDS
        super().wait_for_and_dispatch_events(timeout)
