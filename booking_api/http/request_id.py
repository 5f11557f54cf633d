"""`X-Request-ID`: taken from the caller or generated, returned, and in every log line of the request."""

import re
import secrets

from flask import Flask, Response, g, request

USABLE = re.compile(r"[\x21-\x7e]{1,128}")  # visible ASCII, so that a log line cannot be forged


def register(app: Flask) -> None:
    """Give every request of `app` an id."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if USABLE.fullmatch(given) else secrets.token_hex(16)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    return response
