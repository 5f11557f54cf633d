"""The body of a request, as bytes."""

from typing import cast

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

BODY = "booking_api.body"


def body_of(request: Request) -> bytes:
    """Return the body, which may be asked for more than once; raises `RequestEntityTooLarge`.

    A body of known length has arrived before its request got a thread (`server/arrival.py`), and is read at once, which
    takes a quarter of the time that werkzeug's stream with its limits takes.
    """
    body = request.environ.get(BODY)
    if body is None:
        body = request.environ[BODY] = _read(request)
    return cast(bytes, body)


def _read(request: Request) -> bytes:
    most, length = request.max_content_length, request.content_length
    if length is not None and (most is None or length <= most):
        return cast(bytes, request.environ["wsgi.input"].read(length))
    body = request.get_data(cache=False)
    # werkzeug silently truncates a body without a Content-Length at the limit.
    if length is None and most is not None and len(body) >= most:
        raise RequestEntityTooLarge
    return body
