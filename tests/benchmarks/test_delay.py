"""The forwarder before mongod, in front of a server that sends back what it gets."""

import random
import socket
import socketserver
import threading
import time
from contextlib import suppress

import pytest

from benchmarks.delay import Forwarder
from tests.pids import eventually, is_alive

pytestmark = pytest.mark.server
MILLISECONDS = 30


class Echo(socketserver.BaseRequestHandler):
    """Sends everything back, and notes what came from clients that have left."""

    def handle(self):
        got = b""
        with suppress(OSError):  # it may send to a client that has left
            while data := self.request.recv(65_536):
                got += data
                self.request.sendall(data)
        self.server.left.append(got)


class EchoServer(socketserver.ThreadingUnixStreamServer):
    """An echo for each connection."""

    daemon_threads = True


@pytest.fixture
def echo(var_dir):
    """The server behind the forwarder."""
    var_dir.mkdir()
    with EchoServer(str(var_dir / "socket"), Echo) as server:
        server.left = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def forwarder(echo):
    """The forwarder, as a benchmark starts it."""
    with Forwarder(echo.server_address, MILLISECONDS) as started:
        yield started


def connect(forwarder: Forwarder) -> socket.socket:
    """A connection as a driver makes it."""
    port = int(forwarder.uri.removeprefix("mongodb://127.0.0.1:").partition("/")[0])
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def read(client: socket.socket, size: int) -> bytes:
    """So many bytes."""
    with client.makefile("rb") as file:
        return file.read(size)


def test_every_round_trip_takes_the_delay_once(forwarder):
    with connect(forwarder) as client:
        for _ in range(3):
            began = time.monotonic()
            client.sendall(b"ping")
            assert read(client, 4) == b"ping"
            assert time.monotonic() - began >= MILLISECONDS / 1000


def test_much_arrives_in_order_although_less_may_wait_in_the_forwarder(forwarder):
    sent = random.Random(1).randbytes(12_000_000)
    with connect(forwarder) as client:
        writer = threading.Thread(target=client.sendall, args=(sent,))
        writer.start()
        assert read(client, len(sent)) == sent
        writer.join()


def test_what_a_client_sent_before_it_left_arrives_and_its_connection_ends(forwarder, echo):
    with connect(forwarder) as client:
        client.sendall(b"the last words")
    assert eventually(lambda: echo.left, "the server has heard that the client left") == [b"the last words"]


def test_the_forwarder_ends_with_the_block_that_started_it_and_tells_its_cpu(echo):
    with Forwarder(echo.server_address, MILLISECONDS) as forwarder:
        pid = forwarder._process.pid
        assert is_alive(pid)
        assert forwarder.cpu_seconds() > 0
    assert not is_alive(pid)
