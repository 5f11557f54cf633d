"""`X-Request-ID`: taken from the caller or generated, returned, and in every log line of the request."""

import re
import secrets

from flask import Request

HEADER = "X-Request-ID"
USABLE = re.compile(r"[\x21-\x7e]{1,128}")  # visible ASCII, so that a log line cannot be forged


def of(request: Request) -> str:
    """Return the id of a request: the one it came with, if that is usable, or a new one."""
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    return given if USABLE.fullmatch(given) else secrets.token_hex(16)
