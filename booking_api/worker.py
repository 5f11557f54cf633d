"""gunicorn's threaded worker, which leaves in time, refuses in our words, and gives no thread to who sends nothing."""

import contextlib
import errno
import secrets
import select
import selectors
import socket
import time
from functools import partial

import orjson
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

IDLE_GRACE_SECONDS = 1.0
LINGER_SECONDS = 2.0
MOST_DRAINED = 65_536
FOLLOWING_MILLISECONDS = 2  # longer than a busy client takes, too short to be missed in a thread
# What does not even become a request: status, reason, code and detail of the problem, by gunicorn's error.
REFUSALS = {
    LimitRequestLine: (414, "URI Too Long", "url_too_long", "The URL is longer than 8 KB: shorten it."),
    LimitRequestHeaders: (
        431,
        "Request Header Fields Too Large",
        "headers_too_large",
        "The headers are too large: send fewer of them.",
    ),
    ParseException: (400, "Bad Request", "bad_request", "This is not HTTP: leave it to an HTTP library."),
}


class Worker(ThreadWorker):
    """A stopping gthread worker waits for idle keep-alive connections until `graceful_timeout`; this one does not.

    Requests in progress still have all of `graceful_timeout`. An idle connection has a moment, for a request that
    may be on its way.
    """

    read_seconds = 10.0  # for all of a request to arrive, once a thread has begun to read it; as long for the answer

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._lingering = {}  # connections that wait for their client to close, the longest waiting first
        self._working = set()  # connections that threads have; of the main thread alone

    def handle_error(self, req, client, addr, exc) -> None:
        """Answer what cannot be parsed with a problem document too, where gunicorn would send a page that quotes it."""
        refusal = next((refusal for kind, refusal in REFUSALS.items() if isinstance(exc, kind)), None)
        if refusal is None:
            super().handle_error(req, client, addr, exc)
            return
        status, reason, code, detail = refusal
        problem = {"type": f"/problems/{code}", "title": reason, "status": status, "detail": detail, "code": code}
        body, request_id = orjson.dumps(problem), secrets.token_hex(16)
        head = (
            f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Request-ID: {request_id}\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.log.warning("Refused what cannot be parsed: %s [%s]", type(exc).__name__, request_id)
        with contextlib.suppress(OSError):
            client.sendall(head.encode() + body)

    def accept(self, listener) -> None:
        """Take a connection; no thread waits for its first byte, as gunicorn's would for 5 s each."""
        try:
            client_sock, client_addr = listener.accept()
        except BlockingIOError:  # another worker was faster
            return
        except OSError as error:
            if error.errno != errno.ECONNABORTED:
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, client_sock, client_addr, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn) -> None:
        """Give a connection that has something to read to the threads."""
        conn.begun = None
        self._working.add(conn)
        super().enqueue_req(conn)

    def handle(self, conn) -> object:
        """Read and answer a request, in a thread; all of it must arrive within `read_seconds`."""
        while True:
            conn.begun = time.monotonic()
            keep = super().handle(conn)
            # On a busy connection the next request follows at once; taken here, it is spared the way through the main
            # thread, which is a third of what gunicorn costs a request. Nobody waits for it: the queue must be empty.
            if keep is not True or not self.alive or not self.tpool._work_queue.empty() or not _follows(conn):
                return keep

    def finish_request(self, conn, fs) -> None:
        """Take a connection back from its thread.

        gunicorn would wait for its socket, and so for ever, if the next request was read along with the last body. When
        stopping it would close what it has just promised to keep, under the client's next request. And it would wait
        in the main thread for up to 2 s, one connection after the other, until the client closes too.
        """
        self._working.discard(conn)
        if fs.cancelled() or fs.exception() or fs.result() is not True:
            self._linger(conn)
        elif _has_more(conn):
            self.enqueue_req(conn)
        else:
            conn.sock.setblocking(False)
            conn.set_timeout()
            self.keepalived_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _linger(self, conn) -> None:
        """Send the end of the answers, and close once the client has closed or `LINGER_SECONDS` are over.

        Closed at once, unread data would make the kernel reset the connection, and the client lose its last answer
        (RFC 9112, section 9.6).
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + LINGER_SECONDS
        conn.drained = 0
        self._lingering[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn, _sock) -> None:
        """Throw away what still arrives, and close at its end."""
        try:
            read = len(conn.sock.recv(MOST_DRAINED))
        except BlockingIOError:
            return
        except OSError:
            read = 0
        conn.drained += read
        if not read or conn.drained >= MOST_DRAINED:
            self._end(conn)

    def _end(self, conn) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self) -> None:
        """Close connections that have been idle for too long: when stopping, for `IDLE_GRACE_SECONDS`.

        A request that is still arriving after `read_seconds` ends there, so that it gives its thread back; one that
        has arrived is not disturbed, for nothing more is read of it. After twice that nobody waits for the client to
        take its answer.
        """
        now = time.monotonic()
        for conn in self._working:
            seconds = now - conn.begun if conn.begun else 0
            if seconds > self.read_seconds:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD if seconds <= 2 * self.read_seconds else socket.SHUT_RDWR)
        for conn in list(self._lingering):
            if conn.timeout > now:
                break
            self._end(conn)
        if not self.alive:
            latest = time.monotonic() + IDLE_GRACE_SECONDS
            for connection in (*self.keepalived_conns, *self.pending_conns):
                connection.timeout = min(connection.timeout, latest)
        super().murder_keepalived()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, when stopping not past the moment that idle connections are to be closed."""
        super().wait_for_and_dispatch_events(timeout if self.alive else min(timeout, IDLE_GRACE_SECONDS / 4))


def _follows(conn) -> bool:
    """Whether the next request is there, or comes within a moment."""
    if _has_more(conn):
        return True
    poll = select.poll()  # unlike select() it takes any number of open files
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(FOLLOWING_MILLISECONDS))


def _has_more(conn) -> bool:
    return conn.parser is not None and conn.parser.unreader.buf.getbuffer().nbytes > 0
