"""What no HTTP library would send is refused in our words, and forges no line of the log."""

import contextlib
import itertools
import re
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from ..processes import Caller, Service, eventually
from .raw import SECONDS, THREADS, assert_refused, connect, get, received, send

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def service():
    """The service, with few threads."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", WEB_THREADS=THREADS) as made,
    ):
        yield made


def log_lines(service, mark):
    """The printed lines that hold a mark, once there is one."""
    eventually(lambda: mark in service.output(), f"{mark} is in the log", seconds=SECONDS)
    return [line for line in service.output().splitlines() if mark in line]


@pytest.mark.parametrize("length", [8_200, 60_000])
def test_a_request_line_that_is_too_long_is_refused(service, length):
    assert_refused(send(service, get("/api/v1/events?q=" + "x" * length)), 414)


@pytest.mark.parametrize("header", ["X-Large: " + "x" * 9_000, "X-Larger: " + "x" * 200_000])
def test_a_header_that_is_too_large_is_refused(service, header):
    assert_refused(send(service, get("/healthz", header)), 431, 400)


def test_too_many_headers_are_refused(service):
    assert_refused(send(service, get("/healthz", *(f"X-{number}: 1" for number in range(150)))), 431, 400)


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(service, raw):
    assert_refused(send(service, raw), 400, 405, 501, 505)


def test_connections_that_say_nothing_hold_no_thread(service):
    with contextlib.ExitStack() as silent:
        for _ in range(3 * THREADS):
            silent.enter_context(connect(service))
        assert requests.get(service.url + "/healthz", timeout=SECONDS).status_code == 200


def test_busy_connections_leave_their_threads_to_those_who_wait(service):
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    turns = itertools.count()

    def ask_many_times(name, asked):
        with connect(service) as connection:
            connection.sendall(300 * request + get(f"/end-of-{name}"))
            asked.release()
            return received(connection).count(b"HTTP/1.1 200")

    def somebody_else_is_served_before():
        turn, asked = next(turns), threading.Semaphore(0)
        names = [f"{turn}-{number}." for number in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            busy = [pool.submit(ask_many_times, name, asked) for name in names]
            for _ in busy:
                assert asked.acquire(timeout=SECONDS)
            assert requests.get(f"{service.url}/somebody-else-{turn}.", timeout=SECONDS).status_code == 404
            assert [each.result() for each in busy] == [300] * THREADS
        log = service.output()
        return log.index(f"/somebody-else-{turn}.") < min(log.index(f"/end-of-{name}") for name in names)

    # On a busy machine all may be answered before somebody else has even asked.
    assert any(somebody_else_is_served_before() for _ in range(3))


@pytest.mark.parametrize("host", ["a b", "<script>", "", "x:99999", "[::1", "a/b", "..", "x" * 3000])
def test_an_odd_host_is_no_failure(service, host):
    for path in ("/nothing", "/docs", "/api/v1/events"):
        status, _, body = send(service, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert status < 500
        assert b"<script>" not in body


def test_clients_that_do_not_close_what_is_over_hold_up_nobody(service):
    with contextlib.ExitStack() as stack:
        lingerers = [stack.enter_context(connect(service)) for _ in range(4 * THREADS)]
        for lingerer in lingerers:
            lingerer.sendall(get("/healthz"))
        assert requests.get(service.url + "/healthz", timeout=SECONDS).status_code == 200
        assert all(received(lingerer).startswith(b"HTTP/1.1 200") for lingerer in lingerers)


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u00a0"])
def test_a_request_id_cannot_forge_a_log_line(service, ending):
    send(service, get("/healthz", f"X-Request-ID: abc{ending}2031-01-01 INFO forged-{ord(ending[-1])}: x"))
    assert service.status("/healthz?after") == 200
    assert f"forged-{ord(ending[-1])}" not in service.output()


@pytest.mark.parametrize("escape", ["%0a", "%0d%0a", "%00", "%1b%5b2J", "%e2%80%a8", "%c2%85", "%ff"])
def test_a_path_cannot_forge_a_log_line(service, escape):
    mark = f"forged{escape.replace('%', '')}"
    assert send(service, get(f"/a{escape}INFO%20{mark}"))[0] == 404
    (line,) = log_lines(service, mark)
    assert re.search(r" INFO \[[0-9a-f]{32}\] booking_api\.access: GET /a\\", line)
    assert line.isascii() and line.isprintable()


def test_no_password_or_token_is_printed(service):
    secret, email = "the password of this test", "printed@example.com"
    new_secret = "another password of this test"
    person = {"name": "Ada", "email": email, "password": secret, "role": "customer"}
    with Caller(service.url) as anybody:
        assert anybody.post("/auth/register", json=person).status_code == 201
        session = anybody.post("/auth/login", json={"email": email, "password": secret}).json()
        anybody.post("/auth/login", json={"email": email, "password": secret + "x"})
        anybody.post("/auth/login", data=f'{{"password": "{secret}"')
        anybody.post("/auth/password-reset/confirm", json={"token": "t" * 40, "new_password": secret})
    renewed = Caller(service.url, session["refresh_token"]).post("/auth/refresh").json()
    signed_in = Caller(service.url, renewed["access_token"])
    change = {"current_password": secret, "new_password": new_secret}
    assert signed_in.post("/users/me/password", json=change).status_code == 204
    assert signed_in.get("/users/me?access_token=" + renewed["access_token"]).status_code == 422
    assert signed_in.post("/auth/logout").status_code == 204
    assert log_lines(service, "POST /api/v1/auth/logout 204")
    printed = service.output()
    tokens = [pair[kind] for pair in (session, renewed) for kind in ("access_token", "refresh_token")]
    for told in (secret, new_secret, "t" * 40, *tokens, *(token.rpartition(".")[2] for token in tokens)):
        assert told not in printed
    assert "Traceback" not in printed
