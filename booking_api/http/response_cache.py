"""Shares one answer among all equal requests of a second: the public lists may be up to 1 s old.

An answer is used only in the clock second in which it was begun, and all are dropped when that second is over. So the
pages and filters of a list date from the same second, on all workers of a machine.
"""

import threading
import time
import zlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, ParamSpec

from flask import Response, make_response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, unquote_etag

from .response import BytesResponse
from .services import service

P = ParamSpec("P")

MOST_ANSWERS = 1000
MOST_BYTES = 16_000_000  # for each worker
LEAST_COMPRESSED = 1000  # bytes: a smaller body would not arrive sooner
GZIP = 16 + zlib.MAX_WBITS  # tells zlib to write the gzip format (RFC 1952)
LEVEL = 5
KEPT = ("Cache-Control", "Content-Disposition", "ETag")  # the headers of an answer that go with its body


@dataclass
class Answer:
    """A body with its content type and headers, and its compressed form once somebody has asked for it.

    Its `ETag`, if it has one, is weak: it is the same for the compressed body.
    """

    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    _compressed: bytes | None = None

    def compressed(self) -> bytes:
        """Return the body in gzip format."""
        if self._compressed is None:
            packer = zlib.compressobj(LEVEL, wbits=GZIP)
            self._compressed = packer.compress(self.body) + packer.flush()
        return self._compressed


class ResponseCache:
    """Makes each answer once a second, however many ask for it; bounded in number and bytes."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self._clock = clock
        self._mutex = threading.Lock()
        self._second = 0
        self._answers: dict[Hashable, Future[Answer]] = {}
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return this second's answer, from `make` if nobody has asked yet; all who wait get its exception."""
        with self._mutex:
            second = int(self._clock())
            if second != self._second:
                self._second, self._answers, self._bytes = second, {}, 0
            answer = self._answers.get(key)
            if answer is None:
                made: Future[Answer] = Future()
                if len(self._answers) < MOST_ANSWERS and self._bytes < MOST_BYTES:
                    self._answers[key] = made
        if answer is not None:
            return answer.result()
        try:
            made.set_result(make())
        except BaseException as error:
            made.set_exception(error)
        with self._mutex:
            if self._answers.get(key) is made:
                if made.exception():
                    del self._answers[key]
                else:
                    self._bytes += len(made.result().body)
        return made.result()


recent = service(ResponseCache)


def up_to_a_second_old(view: Callable[P, Any]) -> Callable[P, Response]:
    """Share the view's answers, which must depend on the query alone; compress them for clients that ask."""

    @wraps(view)
    def shared(*args: P.args, **kwargs: P.kwargs) -> Response:
        def make() -> Answer:
            response = make_response(view(*args, **kwargs))
            kept = {name: response.headers[name] for name in KEPT if name in response.headers}
            return Answer(response.get_data(), response.content_type or "", kept)

        # Straight from the WSGI environment: werkzeug would parse `Accept-Encoding` for 2 us even where there is none.
        environ = request.environ
        answer = recent.get((environ["PATH_INFO"], environ.get("QUERY_STRING", "")), make)
        headers = {"Vary": "Accept-Encoding"} | answer.headers
        if "ETag" in headers and request.if_none_match.contains_weak(unquote_etag(headers["ETag"])[0]):
            return BytesResponse(status=304, headers=headers)
        body = answer.body
        if len(body) >= LEAST_COMPRESSED and _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = answer.compressed()
            headers["Content-Encoding"] = "gzip"
        return BytesResponse(body, 200, headers, content_type=answer.content_type)

    return shared


@lru_cache(maxsize=64)  # clients send few different ones, and to parse a browser's takes 6 us
def _takes_gzip(accepted: str) -> bool:
    return bool(parse_accept_header(accepted, Accept)["gzip"])
