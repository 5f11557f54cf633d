"""Parse the head of a request strictly: whatever two parsers could understand differently is refused (RFC 9112)."""

import re
from functools import partial
from typing import Any

import gunicorn_h1c
from gunicorn.http.message import Request
from gunicorn.util import split_request_uri

from .refusals import HEADERS_TOO_LARGE, URL_TOO_LONG, Refused, malformed

REQUEST_LINE_LIMIT = 8190  # bytes
FIELD_LIMIT = 8190  # bytes of one header
FIELDS_LIMIT = 100
HEAD_LIMIT = 65_536  # bytes
parse = partial(
    gunicorn_h1c.parse_request,
    limit_request_line=REQUEST_LINE_LIMIT,
    limit_request_fields=FIELDS_LIMIT,
    limit_request_field_size=FIELD_LIMIT,
)
ONCE = {"HOST", "CONTENT-LENGTH", "CONTENT-TYPE", "TRANSFER-ENCODING", "EXPECT"}
LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


def _named(raw_name: bytes) -> tuple[str, str]:
    name = raw_name.decode("latin-1").upper()
    variable = name.replace("-", "_")
    return name, variable if name in ("CONTENT-TYPE", "CONTENT-LENGTH") else "HTTP_" + variable


# Looked up, as HTTP/1.1 clients mostly write them, because that takes a third of the time.
KNOWN = {
    written.encode(): _named(written.encode())
    for name in (
        *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection"),
        *("Content-Length", "Content-Type", "Host", "Idempotency-Key", "If-Match", "If-None-Match", "Origin"),
        *("Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-ID"),
    )
    for written in (name, name.lower())
}


class Head(Request):
    """A gunicorn request, parsed from bytes that have all arrived; its body is set when that has arrived too.

    Scheme and address are not taken from headers here: that is left to `ProxyFix`, which knows how many proxies there
    are.
    """

    length: int | None = 0  # of the body in bytes; None if it comes in chunks
    scheme = "http"
    proxy_protocol_info = None
    trailers: list[tuple[str, str]] = []
    body = None
    version: tuple[int, int]
    path: str
    variables: dict[str, str]  # the headers as the WSGI environment has them

    def __init__(self, parsed: dict[str, Any], head: bytes):  # gunicorn's own would read from the socket
        breaks = head.count(b"\r\n")
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
            raise malformed("a line ends in CR or LF alone")
        self.method = parsed["method"].decode("latin-1")
        self.version = (1, parsed["minor_version"])
        self.must_close = False
        self.headers = headers = []
        self.variables = {}
        variables = self.variables
        once: dict[str, str] = {}
        connection = ""
        for raw_name, raw_value in parsed["headers"]:
            name, variable = KNOWN.get(raw_name) or _named(raw_name)
            if not name:
                raise malformed("a header goes on in the next line")
            if "_" in name:  # the WSGI environment would not distinguish it from the name with a hyphen
                continue
            value = raw_value.decode("latin-1")
            if name in ONCE:
                if name in once:
                    raise malformed(f"{name} comes twice")
                once[name] = value
            elif name == "CONNECTION":
                connection += "," + value
            headers.append((name, value))
            variables[variable] = f"{variables[variable]},{value}" if variable in variables else value
        self._set_target(parsed["path"].decode("latin-1"), once.get("HOST"))
        self._set_closing(connection)
        if "TRANSFER-ENCODING" in once or "CONTENT-LENGTH" in once:
            self._set_length(once.get("CONTENT-LENGTH"), once.get("TRANSFER-ENCODING"))
        self.expects_continue = "EXPECT" in once and self._expects_continue(once["EXPECT"])
        self._expected_100_continue = False  # or gunicorn would send 100 Continue after the body has arrived

    def _set_target(self, uri: str, host: str | None) -> None:
        if host is None and self.version >= (1, 1):
            raise malformed("no Host")
        self.uri = uri
        if uri.startswith("/"):
            rest, _, self.fragment = uri.partition("#")
            self.path, _, self.query = rest.partition("?")
            return
        try:
            parts = split_request_uri(uri)
        except ValueError:
            raise malformed("no URL") from None
        if parts.netloc and host is not None and parts.netloc.lower() != host.lower():
            raise malformed("the URL and Host name different hosts")
        self.path, self.query, self.fragment = parts.path, parts.query, parts.fragment

    def _set_closing(self, connection: str) -> None:
        if not connection:
            self._closes = self.version < (1, 1)
            return
        options = {option.strip(" \t") for option in connection.lower().split(",")}
        self._closes = "close" in options or (self.version < (1, 1) and "keep-alive" not in options)

    def _set_length(self, length: str | None, coding: str | None) -> None:
        if coding is not None:
            if length is not None or self.version < (1, 1) or coding.lower() != "chunked":
                raise malformed("nobody can say where the body ends")
            self.length = None
        elif length is None or not LENGTH.fullmatch(length):
            raise malformed("Content-Length is no number")
        else:
            self.length = int(length)

    def _expects_continue(self, expectation: str) -> bool:
        if expectation.lower() != "100-continue":
            raise malformed("an unknown expectation")
        return self.version >= (1, 1)

    def should_close(self) -> bool:
        """Whether the client, or what it sent, asks for the connection to be closed after the answer."""
        return self.must_close or self._closes


def read_head(received: bytes) -> tuple[Head, int] | None:
    """Return the head at the beginning of the bytes received, and its length in bytes.

    Returns None if it is incomplete. Raises `Refused`, if possible before the head is complete.
    """
    try:
        parsed = parse(received)
    except gunicorn_h1c.IncompleteError:
        if len(received) <= HEAD_LIMIT:
            return None
        if b"\n" not in received[: REQUEST_LINE_LIMIT + 2]:
            raise Refused(URL_TOO_LONG, "no end of the request line") from None
        raise Refused(HEADERS_TOO_LARGE, "no end of the head") from None
    except gunicorn_h1c.LimitRequestLine:
        raise Refused(URL_TOO_LONG, "a long request line") from None
    except gunicorn_h1c.LimitRequestHeaders:
        raise Refused(HEADERS_TOO_LARGE, "long headers, or many") from None
    except gunicorn_h1c.ParseError as error:
        raise malformed(type(error).__name__) from None
    length = parsed["consumed"]
    if length > HEAD_LIMIT:
        raise Refused(HEADERS_TOO_LARGE, "a long head")
    return Head(parsed, received[:length]), length
