"""Problem documents for connections that are refused before there is a request."""

import secrets
from dataclasses import dataclass

import orjson

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Refusal:
    """How to answer: the status line, and the code and detail of the problem."""

    status: int
    reason: str
    code: str
    detail: str
    headers: str = ""

    def answer(self, request_id: str) -> bytes:
        """Return the bytes of the answer, after which the connection must be closed."""
        problem = {
            "type": f"/problems/{self.code}",
            "title": self.reason,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        body = orjson.dumps(problem)
        head = (
            f"HTTP/1.1 {self.status} {self.reason}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Request-ID: {request_id}\r\n{self.headers}"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


NOT_HTTP = Refusal(400, "Bad Request", "bad_request", "This is not HTTP: leave it to an HTTP library.")
CUT_SHORT = Refusal(400, "Bad Request", "bad_request", "The request ended before it was complete: send it again.")
TOO_SLOW = Refusal(
    408, "Request Timeout", "request_timeout", "The request did not arrive in time: send it over a better connection."
)
URL_TOO_LONG = Refusal(414, "URI Too Long", "url_too_long", "The URL is longer than 8 KB: shorten it.")
HEADERS_TOO_LARGE = Refusal(
    431, "Request Header Fields Too Large", "headers_too_large", "The headers are too large: send fewer of them."
)
FAILED = Refusal(
    500, "Internal Server Error", "internal_error", "Something went wrong on our side: quote the X-Request-ID."
)
OVERLOADED = Refusal(
    503,
    "Service Unavailable",
    "service_unavailable",
    "Too much is waiting to be read: send this again in a moment.",
    "Retry-After: 1\r\n",
)


class Refused(Exception):
    """A request is refused, and nothing more is read from its connection; `str` gives the reason, for the log."""

    def __init__(self, refusal: Refusal, why: str):
        super().__init__(why)
        self.refusal = refusal


def malformed(why: str) -> Refused:
    """Return the error for bytes that are not HTTP, or that two parsers could understand differently."""
    return Refused(NOT_HTTP, why)


def new_request_id() -> str:
    """Return an id for a request that never reached the application."""
    return secrets.token_hex(16)
