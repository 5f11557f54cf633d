"""Receivers that are slow, broken or hostile cost an attempt, for a bounded time and memory, and nothing else."""

import logging
import socket
import struct
import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.webhooks.client import WebhookClient
from booking_api.webhooks.targets import Targets

from ..ports import free_port
from .conftest import PATIENCE, SHORT
from .receivers import NO_CONTENT, Receiver, answer
from .resolvers import here

DRIPPING_SECONDS = 30  # too long to listen to a receiver that would drip for ever
BODY = b"{}"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def reset(connection):
    """Hang up without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def flood(connection, start, more):
    """Send for as long as anybody takes it."""
    connection.sendall(start)
    while True:
        connection.sendall(more)


def hang(receiver):
    """Say nothing until the test is over."""
    receiver.over.wait(60)


DRIPS = {
    "the status line": (b"", b"HTTP/1.1 200 "),
    "a header": (HEAD + b"X: ", b"x"),
    "headers": (HEAD, b"X: x\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body of a known length": (HEAD + b"Content-Length: 500\r\n\r\n", b"x"),
    "a body without a length": (HEAD + b"\r\n", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("what", DRIPS)
def test_a_receiver_that_drips_is_cut_off_in_time(hasty, authority, what, scheme):
    start, more = DRIPS[what]

    def drip(connection):
        connection.sendall(start)
        receiver.drip(connection, more)

    with Receiver(drip, tls=authority.server() if scheme == "https" else None) as receiver:
        got = hasty.post(receiver.url(scheme), {}, BODY)
    assert (got.error, got.timed_out, got.accepted) == ("timed out", True, False)
    assert SHORT * 1000 <= got.duration_ms < DRIPPING_SECONDS * 1000


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_never_answers_is_cut_off_in_time(hasty, scheme):
    with Receiver(lambda _: hang(receiver), reads=False) as receiver:  # with https, in the midst of the handshake
        got = hasty.post(receiver.url(scheme), {}, BODY)
    assert (got.status, got.error, got.timed_out) == (None, "timed out", True)


def test_a_receiver_that_drips_its_handshake_is_cut_off_in_time(hasty):
    record = b"\x16\x03\x03\x3f\xff" + b"\x02\x00\x3f\xfb" + b"\x03" * 20000
    with Receiver(lambda connection: receiver.drip(connection, record), reads=False) as receiver:
        got = hasty.post(receiver.url("https"), {}, BODY)
    assert (got.status, got.error, got.timed_out) == (None, "timed out", True)


def test_a_receiver_that_reads_nothing_is_cut_off_in_time(hasty):
    with Receiver(lambda _: hang(receiver), reads=False) as receiver:
        got = hasty.post(receiver.url(), {}, b"x" * 30_000_000)
    assert (got.status, got.error, got.timed_out) == (None, "timed out", True)


def test_a_receiver_that_takes_no_connection_is_cut_off_in_time(hasty):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        where = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # fill the backlog
            one.setblocking(False)
            one.connect_ex(where)
        got = hasty.post(f"http://hooks.example.com:{where[1]}/", {}, BODY)
        for one in waiting:
            one.close()
    assert (got.status, got.error, got.timed_out) == (None, "timed out", True)


def test_time_that_the_resolver_takes_counts():
    client = WebhookClient(Targets(True, lambda *_: threading.Event().wait(SHORT) or ["127.0.0.1"]), SHORT / 2)
    with Receiver() as receiver:
        got = client.post(receiver.url(), {}, BODY)
        assert (got.error, got.timed_out) == ("timed out", True)
        assert receiver.connections() == 0


FLOODS = {
    "a body of 100 MB": (HEAD + b"Content-Length: 104857600\r\n\r\n", b"x" * 65536, None),
    "a body without an end": (HEAD + b"\r\n", b"x" * 65536, None),
    "chunks without an end": (CHUNKED, b"ffff\r\n" + b"x" * 65535 + b"\r\n", None),
    "small chunks": (CHUNKED, b"1;" + b"x" * 1000 + b"\r\nx\r\n", "the answer is too large"),
    "trailers": (CHUNKED + b"0\r\n", b"X: x\r\n" * 1000, "the answer is too large"),
    "a status line": (b"HTTP/1.1 ", b"2" * 1000, "the answer is too large"),
    "a header": (HEAD + b"X: ", b"x" * 1000, "the answer is too large"),
    "headers": (HEAD, b"X: x\r\n" * 1000, "the answer is not HTTP"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "the answer is too large"),
    "headers of interim answers": (b"HTTP/1.1 100 Go on\r\n", b"X: x\r\n" * 100, "the answer is not HTTP"),
}


@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_is_read_up_to_a_bound(sender, what):
    start, more, error = FLOODS[what]
    with Receiver(lambda connection: flood(connection, start, more)) as receiver:
        tracemalloc.start()
        try:
            got = sender.post(receiver.url(), {}, BODY)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (got.error, got.timed_out) == (error, False)
    assert got.accepted is (error is None)
    assert len(got.body) <= 1024
    assert most < 1_000_000


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", "the connection was closed"),
        (b"HTTP/1.1 200 OK", "the answer is incomplete"),
        (b"hello\r\n\r\n", "the answer is not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "the answer is not HTTP"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 10 + b"\n", "the answer is not HTTP"),
        (HEAD + b"Content-Length: 10\r\n\r\nabc", "the answer is incomplete"),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "the answer is not HTTP"),
        (CHUNKED + b"5\r\nabc", "the answer is incomplete"),
        (CHUNKED + b"zz\r\nabc", "the answer is incomplete"),
        (CHUNKED + b"-9\r\nabc", "the answer is not HTTP"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(sender, said, error):
    with Receiver(said) as receiver:
        got = sender.post(receiver.url(), {}, BODY)
    assert (got.error, got.accepted, got.timed_out) == (error, False, False)


@pytest.mark.parametrize("status", ["101 Switching Protocols", "102 Processing", "103 Early Hints"])
def test_an_interim_answer_is_no_acceptance(sender, status):
    with Receiver(f"HTTP/1.1 {status}\r\n\r\n".encode()) as receiver:
        assert not sender.post(receiver.url(), {}, BODY).accepted


def test_a_receiver_may_say_that_it_goes_on(sender):
    with Receiver(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + NO_CONTENT) as receiver:
        assert sender.post(receiver.url(), {}, BODY).accepted


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_resets_is_a_failure(sender, scheme):
    with Receiver(reset, reads=False) as receiver:
        got = sender.post(receiver.url(scheme), {}, BODY)
    assert (got.status, got.error) == (None, "the connection was closed")


def test_a_receiver_without_tls_is_a_failure(sender):
    with Receiver(lambda connection: connection.sendall(answer(b"plain")), reads=False) as receiver:
        got = sender.post(receiver.url("https"), {}, BODY)
    assert (got.status, got.error) == (None, "TLS failed")


def test_nobody_who_listens_is_a_failure(sender):
    got = sender.post(f"http://hooks.example.com:{free_port()}/", {}, BODY)
    assert (got.status, got.error, got.timed_out) == (None, "connection refused", False)


def test_what_a_receiver_says_reaches_no_log(sender, caplog):
    caplog.set_level(logging.DEBUG)
    with Receiver(HEAD + b"no header\r\n: \x1b[2J\r\nContent-Length: 0\r\n\r\n") as receiver:
        sender.post(receiver.url(), {}, BODY)
    assert "no header" not in caplog.text
    assert "Failed to parse" not in caplog.text


PARTS = st.sampled_from(
    [b"HTTP/1.1 ", b"200 OK", b"100 ", b"\r\n", b"\r\n\r\n", b"\n", b"Content-Length: ", b"Transfer-Encoding: chunked",
     b"Content-Encoding: gzip", b"-1", b"9" * 5000, b"3", b": ", b"\x00", b"\xff", b"Location: //", b"X" * 70000]
)  # fmt: skip


@settings(max_examples=150)
@given(said=st.lists(PARTS | st.binary(max_size=20), max_size=12).map(b"".join))
def test_no_bytes_make_a_send_raise(said):
    with Receiver(said) as receiver:
        got = WebhookClient(Targets(True, here), PATIENCE).post(receiver.url(), {}, BODY)
    assert len(got.body.encode()) <= 1024
    assert got.status is not None or got.error
