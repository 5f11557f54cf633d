"""The fake's HTTP server: this machine only, a bounded number of threads, small bodies."""

import socket
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from typing import Any

from .api import answer_of
from .errors import Refusal
from .faults import Fault
from .idempotency import Answer
from .state import new_id

HOST = "127.0.0.1"
MOST_THREADS = 32
MOST_BODY_BYTES = 100_000
PATIENCE_SECONDS = 10.0  # with a client that is slow
SILENCE_SECONDS = 60.0  # how long a call that gets no answer keeps its connection

Answering = Callable[[str, str, Message, bytes], Answer | Fault]


class Server(ThreadingHTTPServer):
    """Listens once it is made; `start` answers calls in threads."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, answering: Answering):
        super().__init__((HOST, port), _Handler)
        self.answering = answering
        self._free = BoundedSemaphore(MOST_THREADS)
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        """Answer calls from now on."""
        self._thread = Thread(target=self.serve_forever, args=(0.05,), name="fake-stripe", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more calls and close the port."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join(PATIENCE_SECONDS)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, once there is one; meanwhile the kernel queues others."""
        if not self._free.acquire(timeout=PATIENCE_SECONDS):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one call."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isascii() or not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self._refuse(411, "A body needs a Content-Length.")
        elif len(length) > 9 or int(length) > MOST_BODY_BYTES:
            self._refuse(413, f"A body has up to {MOST_BODY_BYTES} bytes.")
        else:
            self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: messages and calls are shown under `/_fake/`."""

    def _answer(self, body: bytes) -> None:
        answer = self.server.answering(self.command, self.path, self.headers, body)
        if isinstance(answer, Answer):
            self._send(answer)
        else:
            self._leave(answer)

    def _refuse(self, status: int, message: str) -> None:
        self._send(answer_of(status, Refusal(status, "invalid_request_error", message).answer))

    def _send(self, answer: Answer) -> None:
        self.close_connection = True  # so that no idle connection keeps a thread
        with suppress(OSError):
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.send_header("Request-Id", new_id("req"))
            if answer.replayed:
                self.send_header("Idempotent-Replayed", "true")
            if answer.status >= 400:
                self.send_header("Stripe-Should-Retry", "false")  # a client that did would use up the next fault
            for name in ("Idempotency-Key", "Stripe-Version"):
                value = self.headers.get(name)
                if value and value.isascii() and value.isprintable():
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

    def _leave(self, fault: Fault) -> None:
        """End the connection without an answer: at once, or when the client has lost patience."""
        self.close_connection = True
        if fault.kind == "timeout":
            self.connection.settimeout(SILENCE_SECONDS)
            with suppress(OSError):
                while self.connection.recv(1024):
                    pass
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
