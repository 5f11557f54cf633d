"""`X-Request-ID`: taken from the caller or generated, returned, and in every log line of the request."""

import random
import re

from flask import Request

HEADER = "X-Request-ID"
USABLE = re.compile(r"[\x21-\x7e]{1,128}")  # visible ASCII, so that a log line cannot be forged


def of(request: Request) -> str:
    """Return the id of a request: the one it came with, if that is usable, or a new one.

    A new one is no secret, so it is not taken from the operating system: that would be one system call more, in which
    the thread would have to wait for its next turn.
    """
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    return given if USABLE.fullmatch(given) else f"{random.getrandbits(128):032x}"
