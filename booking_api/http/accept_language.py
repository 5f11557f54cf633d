"""The language that a request asks for."""

from flask import request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from ..languages import negotiation
from ..languages.catalogue import DEFAULT

LONGEST_HEADER = 1000  # characters; a browser with dozens of languages sends less


def preferred_language(default: str = DEFAULT) -> str:
    """Return the code of the language that `Accept-Language` prefers among ours, or without one the `default`.

    A longer header counts as one that prefers nothing.
    """
    header = request.headers.get("Accept-Language")
    if not header:
        return default
    return negotiation.preferred(parse_accept_header(header if len(header) <= LONGEST_HEADER else "", Accept))
