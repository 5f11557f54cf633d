"""gunicorn's threaded worker, which gives a thread to a request once it has arrived, and leaves in time."""

import contextlib
import errno
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial

from gunicorn.workers.gthread import ThreadWorker

from .answers import Answers
from .connection import Connection, Ended
from .refusals import FAILED, OVERLOADED, TOO_SLOW, Refusal, Refused, new_request_id
from .waiting import Arriving, Sending, Waiting

IDLE_GRACE_SECONDS = 1.0
LINGER_SECONDS = 2.0
MOST_DRAINED = 65_536
MOST_DRAINED_OF_A_BODY = 32_000_000
MOST_UNFINISHED_BYTES = 64_000_000  # of all requests that are arriving
MOST_WAITING_BYTES = 64_000_000  # of all that have arrived, where they are large
LARGE = 16_384
LOOK_AFTER_THREADS_SECONDS = 0.5
# What `accept` meets where another worker was faster, the client has gone, or there is no room for it.
NOT_ACCEPTED = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPERM}
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Worker(Answers, ThreadWorker):
    """A gthread worker whose main thread reads and sends, and whose threads only ever see complete requests.

    A stopping gthread worker waits for idle keep-alive connections until `graceful_timeout`; this one does not.
    Requests in progress still have all of it. An idle connection has a moment, for a request that may be on its way.
    """

    read_seconds = 10.0  # for all of a request to arrive; twice that for its answer to be made and taken
    body_limit = 1_000_000  # bytes
    most_of_a_client: int | None = 100  # unfinished requests from one address; None if the address is a proxy's

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pending_conns = Waiting(self.cfg.keepalive)  # have said nothing yet
        self.keepalived_conns = Waiting(self.cfg.keepalive)
        self._arriving = Arriving(self.read_seconds, MOST_UNFINISHED_BYTES, self.most_of_a_client)
        # Those that wait for their client to close; of the second kind much may be on its way that nobody reads.
        self._lingering, self._draining = Waiting(LINGER_SECONDS), Waiting(self.read_seconds)
        self._sending = Sending(2 * self.read_seconds)
        self._queues = (
            *(self._arriving, self._sending, self._draining, self._lingering),
            *(self.pending_conns, self.keepalived_conns),
        )
        self._working: set[Connection] = set()  # those that threads have; of the main thread alone
        self._held = 0  # bytes of their requests
        self._next_look = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Take a connection in; where there is no more room, in place of one that keeps us waiting."""
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
        """Close a connection: the oldest of the kind that there is most of, which is where an attack would be."""
        fullest = max(self._queues, key=len)
        if fullest:
            self._close(fullest.oldest())

    def _wait(self, conn: Connection, queue: Waiting, on_ready, events: int = selectors.EVENT_READ) -> None:
        queue.add(conn)
        self.poller.register(conn.sock, events, partial(on_ready, conn))

    def _take(self, conn: Connection) -> None:
        """Take a connection out of the loop."""
        self.poller.unregister(conn.sock)
        conn.waiting.remove(conn)

    def _close(self, conn: Connection) -> None:
        """Close a connection of the loop."""
        self._take(conn)
        self.nr_conns -= 1
        conn.close()

    def _read(self, conn: Connection, _sock: socket.socket) -> None:
        """Read what has come, and give the connection to the threads once a request is complete."""
        if conn.waiting is None:  # closed by what came before in this turn of the loop
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
        if conn.waiting is not self._arriving and conn.parser.size:
            conn.waiting.remove(conn)
            self._arriving.add(conn)
        while conn.waiting is self._arriving and (surplus := self._arriving.grow(conn)):
            self._close(surplus)

    def enqueue_req(self, conn: Connection) -> None:
        """Give a connection whose request is complete to the threads, unless too much waits for them already."""
        conn.held = conn.parser.size
        if conn.held > LARGE and self._held + conn.held > MOST_WAITING_BYTES:
            self._refuse(conn, Refused(OVERLOADED, "too much is waiting"))
            return
        self._held += conn.held
        conn.begun = None
        self._working.add(conn)
        super().enqueue_req(conn)

    def handle(self, conn: Connection) -> bool:
        """Answer a request that is complete, in a thread; whether the connection can be kept."""
        while True:
            conn.begun = time.monotonic()
            keep = super().handle(conn)
            # On a busy connection the next request follows at once; taken here, it is spared the way through the main
            # thread, which is a third of what gunicorn costs a request. Nobody waits for it: the queue must be empty.
            if keep is not True or conn.sock.unsent or not self.alive or not self.tpool._work_queue.empty():
                return keep
            try:
                if not conn.follows():
                    return True
            except Ended:
                return False
            except Refused as refused:
                self.handle_error(None, conn.sock, conn.client, refused)
                return False

    def handle_error(self, req, client, addr, exc) -> None:
        """Answer what cannot be handled with a problem document too, where gunicorn would send a page of its own."""
        answer = self._answer(exc)
        with contextlib.suppress(OSError):
            client.sendall(answer)

    def _answer(self, error: Exception) -> bytes:
        request_id = new_request_id()
        if not isinstance(error, Refused):
            self.log.error("Unexpected %s [%s]", type(error).__name__, request_id, exc_info=error)
            return FAILED.answer(request_id)
        refusal: Refusal = error.refusal
        self.log.warning("Refused with %d: %s [%s]", refusal.status, error, request_id)
        return refusal.answer(request_id)

    def _refuse(self, conn: Connection, refused: Refused) -> None:
        """Answer, from the main thread, with no request read, and close."""
        conn.send(self._answer(refused))
        self._linger(conn)

    def finish_request(self, conn: Connection, fs: Future) -> None:
        """Take a connection back from its thread.

        gunicorn would close it when stopping, under the client's next request, although it has just promised to keep
        it; and it would wait in the main thread for up to 2 s, one connection after the other, until the client closes.
        """
        self._working.discard(conn)
        self._held -= conn.held
        keep = not (fs.cancelled() or fs.exception()) and fs.result() is True
        if conn.sock.unsent:
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

    def _linger(self, conn: Connection) -> None:
        """Send the end of the answers, and close once the client has closed, or has had its time.

        Closed at once, unread data would make the kernel reset the connection, and the client lose its last answer
        (RFC 9112, section 9.6). A client that sends a body which is too large often looks for the answer only when
        it has sent all of it.
        """
        conn.parser.forget()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone
            self.nr_conns -= 1
            conn.close()
            return
        self._wait(conn, self._draining if conn.parser.unread else self._lingering, self._drain)

    def _drain(self, conn: Connection, _sock: socket.socket) -> None:
        if conn.waiting is None:  # closed by what came before in this turn of the loop
            return
        if not conn.drain(MOST_DRAINED_OF_A_BODY if conn.parser.unread else MOST_DRAINED):
            self._close(conn)

    def murder_keepalived(self) -> None:
        """Close connections whose time is over; when stopping, idle ones have `IDLE_GRACE_SECONDS`."""
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

    def murder_pending(self) -> None:
        """gunicorn's second kind of waiting connections: done with the first."""

    def _look_after_threads(self, now: float) -> None:
        """Give threads back that wait for a client to take its answer."""
        for conn in self._working:
            if conn.begun and now - conn.begun > 2 * self.read_seconds:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, when stopping not past the moment that idle connections are to be closed."""
        super().wait_for_and_dispatch_events(timeout if self.alive else min(timeout, IDLE_GRACE_SECONDS / 4))
