"""An answer as the client receives it, byte by byte: how it is framed, and which headers it has."""

import io
import re

import pytest

from booking_api.server.response import MOST_JOINED_BYTES

from .raw import assert_refused
from .unstarted import LENGTH_5, Server, answering

DATE = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"


@pytest.fixture
def server():
    """A worker with gunicorn's usual settings."""
    return Server()


def test_the_head_and_a_short_body_are_sent_at_once(server):
    heard = server.ask(answering(b"hello"))
    assert len(heard.sent) == 1
    assert heard.status == "HTTP/1.1 200 OK"
    assert heard.body == b"hello"
    assert list(heard.headers) == ["Server", "Date", "Connection", "Content-Type", "Content-Length"]
    assert heard.headers["Server"] == "gunicorn"
    assert re.fullmatch(DATE, heard.headers["Date"])
    assert heard.headers["Connection"] == "keep-alive"
    assert server.keeps


def test_a_long_body_is_sent_unchanged(server):
    body = b"x" * (MOST_JOINED_BYTES + 1)
    heard = server.ask(answering(body, headers=[("Content-Length", str(len(body)))]))
    assert heard.body == body
    assert len(heard.sent) == 2


def test_a_body_without_a_length_comes_in_chunks(server):
    heard = server.ask(answering(b"hello", b"", b"0123456789abcdef", headers=[]))
    assert heard.headers["Transfer-Encoding"] == "chunked"
    assert heard.body == b"5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
    assert server.keeps


def test_an_older_client_gets_a_body_without_a_length_until_the_end(server):
    heard = server.ask(answering(b"hello", headers=[]), "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert heard.status == "HTTP/1.0 200 OK"
    assert "Transfer-Encoding" not in heard.headers
    assert (heard.headers["Connection"], heard.body) == ("close", b"hello")
    assert not server.keeps


def test_head_has_the_length_but_not_the_body(server):
    heard = server.ask(answering(b"hello"), "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (heard.headers["Content-Length"], heard.body) == ("5", b"")
    assert server.keeps


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_without_a_body_have_none(server, status):
    heard = server.ask(answering(b"hello", headers=[("ETag", '"1"')], status=status))
    assert (heard.status, heard.body) == (f"HTTP/1.1 {status}", b"")
    assert "Transfer-Encoding" not in heard.headers
    assert server.keeps


def test_an_empty_answer_has_its_head(server):
    heard = server.ask(answering(headers=[("Content-Length", "0")]))
    assert (heard.headers["Content-Length"], heard.body) == ("0", b"")
    assert server.keeps


def test_more_than_the_announced_length_is_not_sent(server):
    assert server.ask(answering(b"hel", b"lo you", b"more")).body == b"hello"


def test_the_client_may_have_the_connection_closed(server):
    heard = server.ask(answering(b"hello"), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert heard.headers["Connection"] == "close"
    assert not server.keeps


def test_headers_of_the_connection_are_left_to_the_server(server):
    own = [("Connection", "upgrade"), ("Transfer-Encoding", "gzip"), ("Server", "mine"), ("Date", "never")]
    heard = server.ask(answering(b"hello", headers=[*LENGTH_5, *own]))
    assert heard.headers["Connection"] == "keep-alive"
    assert heard.headers["Server"] == "gunicorn"
    assert "Transfer-Encoding" not in heard.headers


@pytest.mark.parametrize(
    "header",
    [("X", "a\r\nSet-Cookie: b=c"), ("X", "a\nb"), ("X", "a\x00"), ("X", "caf\u0119"), ("X: y\r\nZ", "a"), ("", "a")],
)
def test_a_header_that_could_forge_another_is_a_failure(server, header):
    heard = server.ask(answering(b"hello", headers=[*LENGTH_5, header]))
    assert_refused((int(heard.status.split()[1]), heard.raw.decode("latin-1"), heard.body), 500)
    assert "Set-Cookie" not in heard.headers
    assert not server.keeps


def test_a_header_may_have_tabs_and_letters_of_latin_1(server):
    heard = server.ask(answering(b"hello", headers=[*LENGTH_5, ("X", "\tcaf\u00e9\tau lait ")]))
    assert heard.headers["X"] == "caf\u00e9\tau lait"


def test_a_file_is_sent_as_it_is(server, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"hello" * 20_000)
    files = [path.open("rb"), io.BytesIO(path.read_bytes())]

    for file in files:

        def application(environ, start_response, file=file):
            start_response("200 OK", [("Content-Length", "100000")])
            return environ["wsgi.file_wrapper"](file)

        assert server.ask(application).body == path.read_bytes()
        assert file.closed
        assert server.keeps
