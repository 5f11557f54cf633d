"""Requests arrive the same however the network cuts them, and no more of them is kept than is needed."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.server.arrival import Arrival
from booking_api.server.head import HEAD_LIMIT
from booking_api.server.refusals import Refused

LIMIT = 1_000
modest = settings(max_examples=100)
STREAM = (
    b"GET /first?a=1#f HTTP/1.1\r\nHost: x\r\n\r\n"
    b"POST /second HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nhello\r\n\r\nyou"
    b"\r\nPOST /third HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"5\r\nhello\r\n6;a=b\r\n, you!\r\n0\r\nX-Sum: 1\r\n\r\n"
    b"POST /fourth HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX_Dropped: 1\r\n\r\n"
    b"GET /fifth HTTP/1.0\r\n\r\n"
)
REQUESTS = [
    ("GET", "/first", "a=1", b"", False),
    ("POST", "/second", "", b"hello\r\n\r\nyou", False),
    ("POST", "/third", "", b"hello, you!", False),
    ("POST", "/fourth", "", b"", False),
    ("GET", "/fifth", "", b"", True),
]
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def arrived(pieces):
    """What comes out of an arrival that is fed with these pieces."""
    arrival, found = Arrival(LIMIT), []
    for piece in pieces:
        complete = arrival.feed(piece)
        while complete:
            request = next(arrival)
            found.append((request.method, request.path, request.query, request.body.read(), request.should_close()))
            assert arrival.finish_body()
            complete = arrival.advance()
    assert arrival.size == 0
    return found


def cut(raw, places):
    """The bytes, cut at these places."""
    places = sorted({0, *places, len(raw)})
    return [raw[begin:end] for begin, end in itertools.pairwise(places)]


@modest
@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_requests_arrive_the_same_however_they_are_cut(places):
    assert arrived(cut(STREAM, places)) == REQUESTS


def test_requests_arrive_at_once_and_byte_by_byte():
    assert arrived([STREAM]) == REQUESTS
    assert arrived(cut(STREAM, range(len(STREAM)))) == REQUESTS


@modest
@given(st.text("05afF;\r\n: xG-", max_size=60), st.sets(st.integers(1, len(CHUNKED) + 60)))
def test_what_is_refused_does_not_depend_on_the_cuts(text, places):
    def is_read(pieces):
        arrival = Arrival(LIMIT)
        try:
            return any(arrival.feed(piece) for piece in pieces) or arrival.end()
        except Refused:
            return False

    raw = CHUNKED + text.encode() + b"\r\n0\r\n\r\n"
    assert is_read(cut(raw, places)) is is_read([raw])


@pytest.mark.parametrize(
    "raw",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + b"x" * 100,
        CHUNKED + b"3e9\r\n" + b"x" * 1001,
        CHUNKED + b"1f4\r\n" + b"x" * 500 + b"\r\nffffffff\r\n" + b"x" * 501,
    ],
)
def test_a_body_over_the_limit_is_not_waited_for(raw):
    arrival = Arrival(LIMIT)
    assert arrival.feed(raw)
    request = next(arrival)
    assert arrival.unread and request.should_close() and not arrival.finish_body()
    assert len(request.body.read()) in (0, LIMIT + 1)
    assert arrival.size == 0


@pytest.mark.parametrize(("line", "status"), [(b"GET /", 414), (b"GET / HTTP/1.1\r\nX: ", 431)])
def test_a_head_without_end_is_not_kept(line, status):
    arrival, kept = Arrival(LIMIT), 0
    arrival.feed(line)
    with pytest.raises(Refused) as raised:
        while True:
            arrival.feed(b"x" * 1_000)
            kept = max(kept, arrival.size)
    assert raised.value.refusal.status == status
    assert kept <= 2 * HEAD_LIMIT


def test_trailers_and_extensions_are_bounded_while_they_arrive():
    for begin in (b"0\r\nX-Sum: ", b"5;", b"0" * 10):
        arrival = Arrival(LIMIT)
        with pytest.raises(Refused):
            arrival.feed(CHUNKED + begin)
            for _ in range(1_000):
                arrival.feed(b"x" * 100)


def test_a_client_is_told_to_send_its_body_only_where_it_waits_for_that():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: %d\r\n\r\n"
    for raw, expected in (
        (head % 5, True),
        (head % 5 + b"x", False),
        (head % 0, False),
        (head % 5000, False),
        (re.sub(rb"Expect.*?\r\n", b"", head % 5), False),
        ((head % 5).replace(b"HTTP/1.1", b"HTTP/1.0"), False),
    ):
        arrival = Arrival(LIMIT)
        arrival.feed(raw)
        assert arrival.expects_continue is expected


def test_the_end_in_the_middle_of_a_request_is_told_from_the_end_behind_it():
    for place in range(1, len(STREAM) - 1):
        arrival = Arrival(LIMIT)
        complete = arrival.feed(STREAM[:place])
        while complete:
            next(arrival)
            complete = arrival.advance()
        if arrival.size:
            with pytest.raises(Refused):
                arrival.end()
        else:
            arrival.end()
