"""A worker that was never started: it answers one request at a time, and what its client receives is kept."""

import os
import socket
from types import SimpleNamespace

from gunicorn.config import Config
from gunicorn.glogging import Logger

from booking_api.server.connection import Connection
from booking_api.server.worker import Worker

LENGTH_5 = [("Content-Type", "text/plain"), ("Content-Length", "5")]


class Heard:
    """What a client received."""

    def __init__(self, raw, sent):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        self.raw, self.sent = raw, sent
        self.status, *lines = head.decode("latin-1").split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines)


class Server:
    """A worker that was never started, with one connection; `logged` is what it told gunicorn's log."""

    def __init__(self, **settings):
        self.cfg = Config()
        for name, value in {"threads": 4, **settings}.items():
            self.cfg.set(name, value)
        self.worker = Worker(1, os.getppid(), [], None, 30, self.cfg, Logger(self.cfg))
        self.worker.tpool = SimpleNamespace(_work_queue=SimpleNamespace(empty=lambda: False))
        self.accesses = []

    def ask(self, application, request="GET / HTTP/1.1\r\nHost: x\r\n\r\n", address=("127.0.0.1", 8000), body=b""):
        """The answer to a request, and whether the connection is kept."""
        self.worker.wsgi = application
        self.worker.prepare_to_handle()
        ours, theirs = socket.socketpair()
        client = ("192.0.2.1", 1234) if isinstance(address, tuple) else ""
        with theirs:
            conn = Connection(self.cfg, ours, client, address, 1_000_000)
            parts = []
            send = conn.sock.send
            conn.sock.send = lambda data, *flags: (parts.append(bytes(data)), send(data, *flags))[1]
            with conn.sock:
                theirs.sendall(request.encode("latin-1") + body)
                assert conn.receive()
                self.keeps = self.worker.handle(conn)
                raw = b"".join(parts)
            return Heard(raw, parts)


def answering(*parts, headers=LENGTH_5, status="200 OK"):
    """An application that answers so."""

    def application(_environ, start_response):
        start_response(status, headers)
        return parts

    return application
