"""Clients that ask for much and take nothing of it keep no thread: others are served meanwhile."""

import contextlib
import hashlib
import tempfile
from pathlib import Path

import pytest
import requests

from ..processes import Service
from .raw import SECONDS, THREADS, connect, received

pytestmark = pytest.mark.server

READERS = 4 * THREADS
TIMES = 10  # more than the system keeps of what a client does not read
LARGE = "/docs/assets/swagger-ui-bundle.js"
ASK = f"GET {LARGE} HTTP/1.1\r\nHost: x\r\n".encode()


@pytest.fixture(scope="module")
def service():
    """The service with few threads."""
    folder = tempfile.TemporaryDirectory(prefix="booking-var-")
    with folder, Service(Path(folder.name) / "var", WEB_THREADS=THREADS) as made:
        yield made


@pytest.fixture
def readers(service):
    """Clients that have asked for much, and have read nothing yet."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(connect(service)) for _ in range(READERS)]
        for connection in made:
            connection.sendall((ASK + b"\r\n") * (TIMES - 1) + ASK + b"Connection: close\r\n\r\n")
            assert connection.recv(1) == b"H"
        yield made


def test_they_hold_up_nobody(service, readers):
    for _ in range(3):
        assert requests.get(service.url + "/healthz", timeout=SECONDS).status_code == 200


def test_they_hear_all_answers_once_they_read(service, readers):
    expected = hashlib.sha256(requests.get(service.url + LARGE, timeout=SECONDS).content).digest()
    for reader in readers[:3]:
        rest = b"H" + received(reader)
        for _ in range(TIMES):
            head, _, rest = rest.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            length = int(head.lower().split(b"content-length: ")[1].split()[0])
            assert hashlib.sha256(rest[:length]).digest() == expected
            rest = rest[length:]
        assert rest == b""
