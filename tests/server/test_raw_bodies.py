"""Bodies that are broken, huge, late or unread: bounded, and in nobody else's way."""

import contextlib
import socket
import time

import pytest

from ..processes import eventually
from .raw import SECONDS, THREADS, answers_in_time, assert_refused, connect, get, received, send

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nhello\r\n", b"-5\r\nhello\r\n", b"5\r\nhelloXX", b"ffffffffffffffffff\r\n", b"5\r\nhe"]
)
def test_a_broken_chunk_is_refused(service, chunk):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    answer = send(service, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
    assert_refused(answer, 400, 413, 422)


def test_a_body_that_ends_early_is_refused(service):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    assert_refused(send(service, head + b'Content-Length: 500\r\n\r\n{"email": '), 400)


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/events", "/nothing"])
def test_a_body_of_20_mb_is_refused_at_once(service, path):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n"

    def is_refused_at_once():
        began = time.monotonic()
        with connect(service) as connection:
            connection.sendall(head.encode())
            with contextlib.suppress(ConnectionError):
                for _ in range(20):
                    connection.sendall(b"x" * 1_000_000)
            content = received(connection)
        assert not content or content.split()[1] in (b"413", b"401", b"404", b"405")
        return time.monotonic() - began < 5

    eventually(is_refused_at_once, "it is refused at once", SECONDS)  # a busy machine may take long once
    assert service.status("/healthz") == 200


def test_a_body_announced_as_too_large_hears_so_before_it_is_sent(service):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with connect(service) as connection:
        connection.sendall(head + b"Content-Length: 20000000\r\n\r\n" + b"x" * 1000)
        content = received(connection)
    assert content.split()[1] == b"413"
    assert b'"body_too_large"' in content


@pytest.mark.parametrize("size", [1_000_001, 5_000_000, 20_000_000])
def test_a_body_in_chunks_is_bounded_like_any_other(service, size):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    body = b'{"email": "ada@example.com", "password": "x"}'.ljust(size)
    chunks = (b"%x\r\n%b\r\n" % (len(part), part) for part in (body[at : at + 65536] for at in range(0, size, 65536)))
    with connect(service) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            for chunk in chunks:
                connection.sendall(chunk)
            connection.sendall(b"0\r\n\r\n")
        content = received(connection)
    assert content.split()[1] == b"413", content
    assert service.status("/healthz") == 200


UNREAD = (
    b"POST /api/v1/users/me/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
)


def test_a_request_that_comes_with_the_end_of_a_body_nobody_read_is_answered(service):
    with connect(service) as connection:
        connection.sendall(UNREAD + b'{"a":')
        connection.sendall(b' "b"' + get("/healthz"))
        answers = received(connection)
    assert answers.startswith(b"HTTP/1.1 401")
    assert b"HTTP/1.1 200" in answers


def test_requests_that_are_sent_without_waiting_are_all_answered(service):
    with connect(service) as connection:
        connection.sendall(get("/healthz").replace(b"Connection: close\r\n", b"") * 2 + get("/healthz"))
        assert received(connection).count(b"HTTP/1.1 200") == 3


@contextlib.contextmanager
def slow_requests(service, count, raw):
    """So many connections that sent the beginning of a request, and nothing more."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(connect(service)).sendall(raw)
        yield


SLOW = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


@contextlib.contextmanager
def clients_that_do_not_read(service, count):
    """So many connections that ask for far more than is in any buffer, and read nothing of it."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", service.port))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 300)
        yield


@pytest.mark.parametrize("raw", [SLOW, SLOW[:30], b"G"])
def test_slow_requests_leave_room_for_others(service, raw):
    def others_are_served():
        with slow_requests(service, THREADS - 1, raw):
            return answers_in_time(service)

    eventually(others_are_served, "others are served", SECONDS)  # a busy machine may take long once


def test_more_slow_requests_than_threads_do_not_keep_out_others_for_long(service):
    with slow_requests(service, THREADS, SLOW), slow_requests(service, THREADS, SLOW[:30]):
        eventually(lambda: answers_in_time(service), "others are answered again", SECONDS)


def test_clients_that_do_not_read_keep_out_nobody(service):
    def others_are_served():
        with clients_that_do_not_read(service, THREADS + 2):
            return all(answers_in_time(service) for _ in range(20))

    eventually(others_are_served, "others are served", SECONDS)
