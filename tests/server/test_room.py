"""A worker that is full makes room for those who come, at the cost of those who keep it waiting."""

import contextlib
import tempfile
from pathlib import Path

import pytest
import requests

from ..processes import Service, eventually
from .raw import SECONDS, THREADS, connect, received

pytestmark = pytest.mark.server

ROOM = 60
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def service():
    """The service that has room for 60 connections."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(
            Path(folder) / "var",
            WEB_THREADS=THREADS,
            TRUSTED_PROXY_HOPS=1,
            GUNICORN_CMD_ARGS=f"--worker-connections {ROOM}",
        ) as made,
    ):
        yield made


def is_over(connection):
    """Whether the service has closed it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def ask(connection):
    """Send a request, and read all of its answer, which may come in pieces."""
    connection.sendall(REQUEST)
    answer = b""
    while not answer.endswith(b'{"status":"ok"}'):
        piece = connection.recv(65536)
        assert piece, answer
        answer += piece
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("sent", [b"", b"G", REQUEST[:30]])
def test_the_oldest_make_room(service, sent):
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(service)) for _ in range(3 * ROOM)]
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
        assert requests.get(service.url + "/healthz", timeout=SECONDS).status_code == 200
        newest = connections[-1]
        newest.sendall((REQUEST[len(sent) :]).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert received(newest).startswith(b"HTTP/1.1 200")


def test_one_who_is_served_keeps_its_connection_while_others_only_begin(service):
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(connect(service))
        ask(served)
        beginners = [stack.enter_context(connect(service)) for _ in range(3 * ROOM)]
        for beginner in beginners:
            with contextlib.suppress(ConnectionError):
                beginner.sendall(b"G")
        eventually(lambda: sum(map(is_over, beginners)) >= ROOM, "the older beginners are closed")
        ask(served)
