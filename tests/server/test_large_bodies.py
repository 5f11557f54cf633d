"""A body over the limit is answered 413 in a way that ordinary clients see, however they send it."""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess

import pytest
import requests

from ..processes import eventually
from .raw import SECONDS, THREADS, answers_in_time, connect

pytestmark = pytest.mark.server

SIZE = 20_000_000
URL = "/api/v1/auth/login"
JSON = {"Content-Type": "application/json"}
HEAD = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {SIZE}\r\n".encode()


@pytest.fixture
def large_file(tmp_path):
    """A file of 20 MB."""
    path = tmp_path / "large.json"
    path.write_bytes(b"x" * SIZE)
    return path


def assert_too_large(status, content_type, body):
    """The problem document of the service."""
    assert status == 413
    assert content_type == "application/problem+json"
    assert json.loads(body)["code"] == "body_too_large"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("header", ["X-Nothing: 1", "Expect:", "Expect: 100-continue", "Transfer-Encoding: chunked"])
def test_curl_sees_it(service, large_file, header):
    written = "%{http_code} %{content_type} %{stderr}%{exitcode}"
    command = ["curl", "-sS", "-m", "60", "-o", "-", "-w", "\n" + written, "-H", header]
    command += ["-H", "Content-Type: application/json", "--data-binary", f"@{large_file}", service.url + URL]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    body, _, told = ran.stdout.rpartition("\n")
    assert (ran.returncode, ran.stderr.strip()) == (0, "0")
    status, content_type = told.split()
    assert_too_large(int(status), content_type, body)


def pieces():
    """The body in pieces, which makes the client send chunks."""
    for _ in range(SIZE // 50_000):
        yield b"x" * 50_000


@pytest.mark.parametrize("body", [lambda: b"x" * SIZE, pieces], ids=["at once", "in chunks"])
def test_requests_sees_it(service, body):
    for _ in range(3):
        answer = requests.post(service.url + URL, data=body(), headers=JSON, timeout=60)
        assert_too_large(answer.status_code, answer.headers["Content-Type"], answer.content)


@pytest.mark.parametrize("body", [lambda: b"x" * SIZE, pieces], ids=["at once", "in chunks"])
def test_a_client_that_sends_all_before_it_reads_sees_it(service, body):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.request("POST", URL, body(), JSON)  # raises if it is reset
    answer = connection.getresponse()
    assert_too_large(answer.status, answer.headers["Content-Type"], answer.read())
    connection.close()


def test_it_is_answered_before_the_body_is_sent(service):
    with connect(service) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


def test_nothing_that_was_sent_as_the_body_is_taken_for_a_request(service):
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(service) as connection:
        connection.sendall(HEAD + b"\r\n" + smuggled * 100)
        connection.shutdown(socket.SHUT_WR)
        content = b""
        while part := connection.recv(65536):
            content += part
    assert content.count(b"HTTP/1.1 ") == 1
    assert "/smuggled" not in service.output()


def test_who_goes_on_sending_is_cut_off(service):
    with connect(service) as connection:
        connection.sendall(HEAD + b"\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                connection.sendall(b"x" * 1_000_000)
            pytest.fail("200 MB were read.")


@contextlib.contextmanager
def slow_senders(service):
    """More connections than there are threads, each of which has sent a small part of what is too large."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(service)) for _ in range(5 * THREADS)]
        for connection in connections:
            connection.sendall(HEAD + b"\r\n" + b"x" * 1_000)
        yield connections


def test_clients_that_send_what_is_too_large_slowly_hold_up_nobody(service):
    def others_are_served():
        with slow_senders(service):
            return answers_in_time(service)

    eventually(others_are_served, "others are served", SECONDS)  # a busy machine may take long once
    with slow_senders(service) as connections:
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 413")
            connection.setblocking(False)
        eventually(lambda: all(ended(connection) for connection in connections), "all are closed", seconds=30)


def ended(connection):
    """Whether the other side is gone altogether: a first byte may still be taken, and is answered by a reset."""
    try:
        connection.send(b"x")
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return False
