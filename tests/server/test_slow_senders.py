"""Two thousand clients that send half a request take no thread: others are served meanwhile."""

import contextlib
import resource
import select
import tempfile
from pathlib import Path

import pytest
import requests

from ..builders import event_fields
from ..processes import Service, eventually
from .raw import SECONDS, THREADS, assert_refused, connect, received

pytestmark = pytest.mark.server

SENDERS = 2_000
WORKERS = 2
REQUEST_SECONDS = 30  # half a request has three times as long to arrive: more than a test takes on a busy machine
OF_A_CLIENT = 100  # unfinished requests of one address that each worker keeps
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
HALVES = {
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ",
    "half a body": POST + b'Content-Length: 100\r\n\r\n{"email": ',
    "half a chunk": POST + b'Transfer-Encoding: chunked\r\n\r\n64\r\n{"email": ',
    "half the chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
}


@pytest.fixture(scope="module", autouse=True)
def many_files():
    """Room for all the connections of a test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SENDERS + 500
    assert hard == resource.RLIM_INFINITY or hard >= wanted, "These tests need 2,500 open files."
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def serving(**settings):
    """A running service."""
    folder = tempfile.TemporaryDirectory(prefix="booking-var-")
    with folder, Service(Path(folder.name) / "var", **settings) as made:
        yield made


@pytest.fixture(scope="module")
def behind_a_proxy():
    """The service with its own number of threads, where all clients have one address."""
    yield from serving(workers=WORKERS, TRUSTED_PROXY_HOPS=1, REQUEST_SECONDS=REQUEST_SECONDS)


@pytest.fixture(scope="module")
def in_the_open():
    """The service where each client has an address of its own."""
    yield from serving(workers=WORKERS, REQUEST_SECONDS=REQUEST_SECONDS)


@pytest.fixture(scope="module")
def impatient():
    """The service that waits for 3 s for a request."""
    yield from serving(WEB_THREADS=THREADS, REQUEST_SECONDS=1)


@contextlib.contextmanager
def senders(service, raw, count=SENDERS):
    """So many connections that sent this, and nothing more yet."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(service)) for _ in range(count)]
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                connection.sendall(raw)
        yield connections


def closed(connections):
    """Those of the connections that were closed, or answered."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    return poll.poll(0)


def serves(service):
    """Whether somebody else is answered at once."""
    with contextlib.suppress(requests.RequestException):
        return requests.get(service.url + "/healthz", timeout=SECONDS).status_code == 200
    return False


def sell_a_ticket(service):
    """Sign up, make an event and book it."""
    event = service.sign_up("organizer").post("/events", json=event_fields()).json()
    booked = service.sign_up("customer").post("/bookings", json={"event_id": event["id"], "quantity": 1})
    assert booked.status_code == 201


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_half_requests_hold_up_nobody(behind_a_proxy, half):
    with senders(behind_a_proxy, half) as connections:
        assert serves(behind_a_proxy)
        sell_a_ticket(behind_a_proxy)
        assert not closed(connections)


def test_requests_that_come_byte_by_byte_hold_up_nobody(behind_a_proxy):
    with senders(behind_a_proxy, b"G") as connections:
        for byte in b"ET /healthz HTTP/1.1":
            for connection in connections:
                connection.send(bytes([byte]))
            assert serves(behind_a_proxy)
        assert not closed(connections)
        connections[0].sendall(b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert received(connections[0]).startswith(b"HTTP/1.1 200")


def test_one_address_has_only_so_many_unfinished_requests_and_the_newest_are_kept(in_the_open):
    most = WORKERS * OF_A_CLIENT
    with senders(in_the_open, HALVES["half a body"]) as connections:
        eventually(lambda: len(closed(connections)) >= SENDERS - most, "the older ones are closed")
        # They come when the others have been read: only the order in which a worker reads counts.
        with senders(in_the_open, HALVES["half a body"], count=OF_A_CLIENT // 2) as newest:
            assert serves(in_the_open)
            sell_a_ticket(in_the_open)
            assert not closed(newest)


def test_a_request_that_does_not_arrive_in_time_hears_so(impatient):
    with senders(impatient, HALVES["half a head"], 3 * THREADS) as connections:
        for connection in connections:
            answer = received(connection)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert_refused((int(head.split()[1]), head.decode(), body), 408)


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(behind_a_proxy):
    body = b'{"email": "nobody@example.com", "password": "a wrong password"}'
    with connect(behind_a_proxy) as connection:
        connection.sendall(
            POST + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"invalid_credentials" in answer


def test_a_stop_waits_for_nobody_who_has_sent_nothing():
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", GUNICORN_CMD_ARGS="--graceful-timeout 100") as service,
        senders(service, b"", 50),
    ):
        assert service.status("/healthz") == 200
        assert service.stop() == 0
