"""What a thread does with a request that has arrived: it calls the application, and sends what that answers."""

import contextlib
import errno
import socket
import time
from datetime import datetime
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.wsgi import FileWrapper
from gunicorn.workers.gthread import ThreadWorker

from .connection import Connection, Ended
from .environ import Environments
from .head import Head
from .refusals import FAILED, Refusal, Refused, new_request_id
from .response import Response

GONE = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}


class Handling(ThreadWorker):
    """The part of the worker that its threads run: gunicorn's, without what this service never uses.

    It knows no TLS, no HTTP/2 and no `pre_request` and `post_request` hooks, and writes gunicorn's own access log only
    if that was asked for: gunicorn builds each line even where nobody reads it, which was a third of all it cost.
    A request took 90 µs of CPU from its first byte to the last of its answer, without the application, and takes 20
    now; a bare WSGI application under wrk with 32 connections took 0.23 ms a request, and takes 0.045.
    """

    _environments: Environments
    _logs_accesses: bool
    _surplus = 0  # connections to end after their next answer

    def load_wsgi(self) -> None:
        """Load the application."""
        super().load_wsgi()
        self.prepare_to_handle()

    def prepare_to_handle(self) -> None:
        """Look up, once, what each request needs."""
        self._environments = Environments(self.cfg)
        self._keeps = self.cfg.keepalive > 0
        self._logs_accesses = is_access_log_wanted(self)

    def handle(self, conn: Connection) -> bool:
        """Answer a complete request, in a thread. Returns True if the connection can be kept."""
        while True:
            conn.begun = time.monotonic()
            keep = self._handle_one(conn)
            # On a busy connection the next request follows at once. Handling it here saves the detour through the main
            # thread, a third of gunicorn's cost of a request. Only while no other request waits for a thread.
            if not keep or conn.sock.unsent or not self.alive or not self.tpool._work_queue.empty():
                return keep
            try:
                if not conn.follows():
                    return True
            except Ended:
                return False
            except Refused as refused:
                self.handle_error(None, conn.sock, conn.client, refused)
                return False

    def _handle_one(self, conn: Connection) -> bool:
        request = next(conn.parser)
        try:
            return self.handle_request(request, conn) and not conn.parser.unread
        except OSError as error:
            if error.errno in GONE:
                self.log.debug("The client has gone: %s", error)
            else:
                self.log.exception("Socket error processing request.")
        except Exception as error:
            self.handle_error(request, conn.sock, conn.client, error)
        return False

    def handle_request(self, req: Head, conn: Connection) -> bool:
        """Have the application answer. Returns True if the connection can be kept.

        Raises what the application raises, if that can still be answered; otherwise the answer ends where it is.
        """
        response = Response(req, conn.sock, self.cfg)
        environ = self._environments.of_request(req, conn)
        begun = datetime.now() if self._logs_accesses else None
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        if not self.alive or not self._keeps or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        elif self._surplus > 0 and not req.should_close():
            self._surplus -= 1
            response.force_close()
        try:
            parts = self.wsgi(environ, response.start_response)  # type: ignore[arg-type]  # may be called again
            try:
                if isinstance(parts, FileWrapper):
                    response.write_file(parts)
                else:
                    for part in parts:
                        response.write(part)
                response.close()
            finally:
                if begun is not None:
                    self.log.access(response, req, environ, datetime.now() - begun)
                if hasattr(parts, "close"):
                    parts.close()
        except OSError:
            raise
        except Exception:
            if not response.headers_sent:
                raise
            self.log.exception("Error handling request")
            return False
        return not response.should_close()

    def handle_error(self, req: Head | None, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer a request that cannot be handled with a problem document instead of gunicorn's own page."""
        answer = self._answer(exc)
        with contextlib.suppress(OSError):
            client.sendall(answer)

    def _answer(self, error: BaseException) -> bytes:
        request_id = new_request_id()
        if not isinstance(error, Refused):
            self.log.error("Unexpected %s [%s]", type(error).__name__, request_id, exc_info=error)
            return FAILED.answer(request_id)
        refusal: Refusal = error.refusal
        self.log.warning("Refused with %d: %s [%s]", refusal.status, error, request_id)
        return refusal.answer(request_id)


def is_access_log_wanted(worker: ThreadWorker) -> bool:
    """Whether somebody reads gunicorn's own access log: a file, syslog, a log configuration or statsd was given."""
    cfg = worker.cfg
    syslog = cfg.syslog and not cfg.disable_redirect_access_to_syslog
    given = cfg.accesslog or syslog or cfg.logconfig or cfg.logconfig_json
    return bool(given) or type(worker.log).access is not Logger.access
