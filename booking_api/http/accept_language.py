"""The language that a request asks for."""

from flask import request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from ..languages import negotiation

LONGEST_HEADER = 1000  # characters; a browser with dozens of languages sends less


def preferred_language() -> str:
    """Return the code of the language that `Accept-Language` prefers among ours; a longer header counts as none."""
    header = request.headers.get("Accept-Language", "")
    return negotiation.preferred(parse_accept_header(header if len(header) <= LONGEST_HEADER else "", Accept))
