"""Send one message to a receiver that may be slow, broken or hostile. Knows neither Flask nor MongoDB."""

import http.client
import logging
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from unicodedata import category

import urllib3.exceptions
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from ..about import INFO
from .connection import Deadline, TooLarge, connected
from .targets import TargetRefused, Targets, TargetUnresolved

MOST_BODY_BYTES = 1024  # of an answer, which are read and kept
KEPT_CONTROLS = "\t\n"
USER_AGENT = f"{INFO.title.replace(' ', '-')}/{INFO.version}"
TIMED_OUT = "timed out"
REDIRECTED = "redirects are not followed"
REFUSED = "target refused"  # the first part; what is wrong with the target follows
INVALID_CERTIFICATE = "certificate not valid"  # likewise
NO_HTTP = "the answer is not HTTP"
CLOSED = "the connection was closed"
# What is said of each kind of failure; the first that fits.
SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (TargetUnresolved, "the host has no address, or DNS does not answer"),
    (ssl.SSLEOFError, CLOSED),
    (ssl.SSLError, "TLS failed"),
    (TooLarge, "the answer is too large"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, CLOSED),
    (http.client.IncompleteRead, "the answer is incomplete"),
    (OSError, "the host cannot be reached"),
)


@dataclass(frozen=True)
class Answer:
    """What came of one attempt."""

    status: int | None  # None if there was none to be read
    duration_ms: int
    body: str = ""  # its beginning, at most 1,024 bytes as UTF-8, without control characters but tabs and line feeds
    error: str | None = None  # why it failed, if not for its status; the same sentence for the same cause
    timed_out: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message: a complete answer in time, and a status of 2xx."""
        return self.error is None and self.status is not None and 200 <= self.status < 300


class WebhookClient:
    """Sends messages, each over a connection of its own; safe to use from several threads.

    An attempt takes at most `seconds`, whatever the receiver does. `ca_file` is for tests and for private authorities:
    with it, certificates of no others are valid.
    """

    def __init__(self, targets: Targets, seconds: float = 15.0, ca_file: str | None = None):
        self._targets, self._seconds, self._ca_file = targets, seconds, ca_file
        # It would print headers that it cannot read, which are the receiver's own words.
        logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message and return what came of it; raises nothing for what a receiver does.

        The target is resolved and checked now. There are no proxies, redirects or cookies.
        """
        started = time.monotonic()
        exchange = _Exchange()
        error, timed_out = None, False
        try:
            target = self._targets.check(url)
            deadline = Deadline(self._seconds - (time.monotonic() - started))
            sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
            sent |= {"Host": target.authority, "Connection": "close"}
            with connected(target, deadline, lambda: self._context) as connection:
                exchange.carry_out(connection, target.path, sent, body)
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            error, timed_out = TIMED_OUT, True
        except (TargetRefused, TargetUnresolved, OSError, HTTPError, http.client.HTTPException, ValueError) as failure:
            error = _sentence(failure)
        if error is None and exchange.status is not None and 300 <= exchange.status < 400:
            error = REDIRECTED
        duration_ms = round((time.monotonic() - started) * 1000)
        return Answer(exchange.status, duration_ms, _text(exchange.content), error, timed_out)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file)  # reading all authorities takes a while


class _Exchange:
    """A request, and as much of the answer as has arrived."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.content = b""

    def carry_out(self, connection: HTTPConnection, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send the request and read the answer's head and the beginning of its body."""
        with suppress(BrokenPipeError, ConnectionResetError):  # who refuses early may have answered all the same
            connection.request("POST", path, body=body, headers=headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        try:
            self.status = response.status
            while len(self.content) < MOST_BODY_BYTES:
                part = response.read(MOST_BODY_BYTES - len(self.content), decode_content=False)
                if not part:
                    break
                self.content += part
        finally:
            response.close()


def _sentence(failure: Exception) -> str:
    """Return what to tell the webhook's owner; none of it says what is in our network."""
    if isinstance(failure, TargetRefused):
        return f"{REFUSED}: {failure.detail}"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"{INVALID_CERTIFICATE}: {failure.verify_message}"
    # urllib3 wraps what goes wrong while the body is read
    cause = (failure.__cause__ or failure) if isinstance(failure, HTTPError) else failure
    return next((sentence for kind, sentence in SENTENCES if isinstance(cause, kind)), NO_HTTP)


def _text(content: bytes) -> str:
    """Return a body as text for JSON and logs: UTF-8 if it is, and a mark for each byte or character that is not."""
    decoded = content[:MOST_BODY_BYTES].decode(errors="replace")
    shown = "".join(
        sign if sign in KEPT_CONTROLS or category(sign) not in ("Cc", "Cf", "Zl", "Zp") else "\ufffd"
        for sign in decoded
    )
    return shown.encode()[:MOST_BODY_BYTES].decode(errors="ignore")
