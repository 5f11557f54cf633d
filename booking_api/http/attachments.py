"""Answers that are made while they are sent, and files to download among them."""

import unicodedata
from collections.abc import Generator, Iterator
from urllib.parse import quote

from flask import Response, request

LONGEST_NAME = 100  # characters
FORBIDDEN = frozenset('/\\:*?"<>|%;')  # in names of files on some system, or in a header


class _Stream:
    """A body of which the first part is there already; closing it closes what makes the rest."""

    def __init__(self, parts: Generator[bytes]):
        self._parts = parts
        self._first = next(parts, b"")

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._parts

    def close(self) -> None:
        self._parts.close()


def streamed(parts: Generator[bytes], media_type: str) -> Response:
    """Return an answer that is made part by part while it is sent.

    The first part is made at once, so what fails by then is answered as a problem. A later failure cuts the connection.
    The time of the request does not bound the later parts. `HEAD` makes no part at all.
    """
    body: Iterator[bytes] | _Stream = iter(()) if request.method == "HEAD" else _Stream(parts)
    response = Response(body)
    response.headers["Content-Type"] = media_type  # as it is: Flask would add a charset
    return response


def attachment(parts: Generator[bytes], media_type: str, name: str, extension: str) -> Response:
    """Return the same, to be saved under this name."""
    response = streamed(parts, media_type)
    response.headers["Content-Disposition"] = disposition(name, extension)
    return response


def disposition(name: str, extension: str) -> str:
    """Return the `Content-Disposition` of a file: its name in ASCII, and as it is for those who can (RFC 6266)."""
    kept = _cleaned(unicodedata.normalize("NFC", name))
    plain = _cleaned(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(kept, safe='')}.{extension}"


def _cleaned(name: str) -> str:
    """Return a name that every system takes, without what is invisible or reverses the order of characters."""
    letters = (" " if unicodedata.category(letter)[0] in "CZ" or letter in FORBIDDEN else letter for letter in name)
    return " ".join("".join(letters).split())[:LONGEST_NAME].strip(" .") or "file"
