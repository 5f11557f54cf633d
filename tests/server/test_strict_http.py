"""What two readers of HTTP could understand differently is refused, and nothing behind it is taken for a request."""

import re
import tempfile
from pathlib import Path

import pytest

from ..processes import Service
from .raw import THREADS, assert_refused, connect

pytestmark = pytest.mark.server

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
HEADS = {
    "a header that goes on in the next line": b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: a\r\n b\r\n\r\n",
    "a Host that goes on in the next line": b"GET / HTTP/1.1\r\nHost: x\r\n\ty\r\n\r\n",
    "a line that ends in LF": b"GET / HTTP/1.1\r\nHost: x\nX-Other: y\r\n\r\n",
    "lines that end in LF": b"GET / HTTP/1.1\nHost: x\n\n",
    "an empty line that ends in LF": b"GET / HTTP/1.1\r\nHost: x\r\n\n",
    "an LF before the request": b"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a line that ends in CR": b"GET / HTTP/1.1\r\nHost: x\rX-Other: y\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\nX-Other: y\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "one Host twice": b"GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
    "a URL of another host": b"GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a space before the colon of a length": POST + b"Content-Length : 36\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: x\r\nX-Other\r\n\r\n",
    "a length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 36\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n",
    "one length twice": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 0\r\n\r\n",
    "an empty length": POST + b"Content-Length:\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a signed length": POST + b"Content-Length: +0\r\n\r\n",
    "a hexadecimal length": POST + b"Content-Length: 0x0\r\n\r\n",
    "a fractional length": POST + b"Content-Length: 0.0\r\n\r\n",
    "a length with an underscore": POST + b"Content-Length: 0_0\r\n\r\n",
    "a length in superscript": POST + b"Content-Length: \xb2\r\n\r\n",
    "a length beyond any": POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding of no effect": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "a coding that we cannot read": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks within chunks": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunks that are not the last coding": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an empty coding": POST + b"Transfer-Encoding:\r\n\r\n",
    "a coding behind a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown expectation": POST + b"Expect: 200-ok\r\nContent-Length: 0\r\n\r\n",
    "a target that is no path": b"GET smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown version": b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
BODIES = {
    "a trailer that is a length": b"0\r\nContent-Length: 5\r\n\r\n",
    "a trailer that is a Host": b"0\r\nHost: y\r\n\r\n",
    "a trailer that is a coding": b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a trailer that is a token": b"0\r\nAuthorization: Bearer x\r\n\r\n",
    "a trailer without a colon": b"0\r\nno colon\r\n\r\n",
    "a trailer with a space before the colon": b"0\r\nX-Sum : 1\r\n\r\n",
    "a trailer that goes on in the next line": b"0\r\nX-Sum: 1\r\n 2\r\n\r\n",
    "a trailer that ends in LF": b"0\r\nX-Sum: 1\n\r\n",
    "trailers without end": b"0\r\n" + b"X-Sum: 1\r\n" * 2_000 + b"\r\n",
    "a last chunk that ends in LF": b"0\n\n",
    "a size without digits": b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a signed size": b"+5\r\nhello\r\n0\r\n\r\n",
    "a size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size with an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "a size behind a space": b" 5\r\nhello\r\n0\r\n\r\n",
    "a size of 18 digits": b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "an empty size": b"\r\nhello\r\n0\r\n\r\n",
    "a size that ends in LF": b"5\nhello\r\n0\r\n\r\n",
    "a size that ends in CR": b"5\rhello\r\n0\r\n\r\n",
    "an extension with a CR": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "an extension with an LF": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "an extension without end": b"5;" + b"a" * 5_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk that is longer than its size": b"5\r\nhelloXX0\r\n\r\n",
    "a chunk that is shorter than its size": b"7\r\nhello\r\n0\r\n\r\n",
    "a chunk that ends in LF": b"5\r\nhello\n0\r\n\r\n",
    "more chunks than anybody sends": b"1\r\n{\r\n" * 20_000 + b"0\r\n\r\n",
}
ALL = HEADS | {name: CHUNKED + body for name, body in BODIES.items()}


@pytest.fixture(scope="module")
def service():
    """The service, with few threads."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", WEB_THREADS=THREADS) as made,
    ):
        yield made


def everything(service, *pieces):
    """All that is answered until the service closes the connection, which must not wait for us to close it."""
    content = b""
    with connect(service) as connection:
        for piece in pieces:
            connection.sendall(piece)
        while part := connection.recv(65536):
            content += part
    return content


def parsed(answer):
    """Status, head and body of an answer that is the only one."""
    assert len(re.findall(rb"HTTP/1\.[01] ", answer)) == 1, answer
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


@pytest.mark.parametrize("name", ALL)
def test_it_is_refused_and_the_connection_is_closed(service, name):
    assert_refused(parsed(everything(service, ALL[name] + SMUGGLED)), 400)


def test_a_request_after_a_refusal_is_not_answered_either(service):
    first = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = everything(service, first + CHUNKED + b"0\r\nno colon\r\n\r\n" + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 200")
    assert_refused(parsed(answer[answer.index(b"HTTP/1.1 400") :]), 400)
    assert "/smuggled" not in service.output()


@pytest.mark.parametrize("name", ["lines that end in LF", "a trailer without a colon", "a chunk that ends in LF"])
def test_it_is_refused_byte_by_byte_too(service, name):
    raw = ALL[name] + b"\r\n\r\n"
    assert_refused(parsed(everything(service, *(raw[at : at + 1] for at in range(len(raw))))), 400)


LOGIN = b'{"email": "nobody@example.com", "password": "a wrong password"}'


@pytest.mark.parametrize(
    "body",
    [
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(LOGIN), LOGIN),
        b"%X;a=b\r\n%b\r\n0\r\n\r\n" % (len(LOGIN), LOGIN),
        b"%08x ;a\r\n%b\r\n00\r\nX-Sum: 1\r\nX-Empty:\r\n\r\n" % (len(LOGIN), LOGIN),
        b"".join(b"1\r\n%c\r\n" % byte for byte in LOGIN) + b"0\r\n\r\n",
    ],
)
def test_a_body_in_proper_chunks_is_read(service, body):
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = everything(service, CHUNKED + body + last)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"invalid_credentials" in answer
    assert answer.count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\n\r\n", 200),
        (b"\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSCRIPT_NAME: /x\r\n\r\n", 200),
    ],
)
def test_what_is_unusual_but_clear_is_answered(service, raw, status):
    assert parsed(everything(service, raw))[0] == status
