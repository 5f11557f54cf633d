"""The content lines of an iCalendar file: escaped, folded and ended as RFC 5545 has it (section 3.1). Pure.

Written by hand because a feed has hundreds of entries: these lines take a tenth of the time of a library's objects.
"""

from collections.abc import Iterable
from datetime import datetime

LONGEST_LINE = 75  # octets, without the line end
CONTINUATION = 0b10  # the first bits of an octet that continues a character in UTF-8
# Control characters cannot stand in a file at all. Tab can, and a line separator is a new line.
_CONTROLS: dict[str, str | None] = dict.fromkeys(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))
_TEXT = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\u2028": "\\n", "\u2029": "\\n"}
_IN_TEXT = str.maketrans(_CONTROLS | _TEXT)
# RFC 6868 has an escape for the quotation mark, but programs that do not know it would show `^'`.
_PARAMETER = {'"': "'", "^": "^^", "\n": " ", "\u2028": " ", "\u2029": " "}
_IN_PARAMETER = str.maketrans(_CONTROLS | _PARAMETER)


def text(value: str) -> str:
    """Return a value of the type TEXT (section 3.3.11)."""
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value.translate(_IN_TEXT)


def parameter(value: str) -> str:
    """Return the value of a parameter in quotation marks (section 3.2, RFC 6868)."""
    return f'"{value.translate(_IN_PARAMETER)}"'


def time(moment: datetime) -> str:
    """Return a time, which must be in UTC, to the second (section 3.3.5, form 2)."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def file_of(lines: Iterable[str]) -> bytes:
    """Return the file of these lines."""
    return b"".join(map(_folded, lines))


def _folded(line: str) -> bytes:
    """Return a line with its end; one that is too long goes on in lines that begin with a space."""
    octets = line.encode()
    if len(octets) <= LONGEST_LINE:
        return octets + b"\r\n"
    pieces, start, room = [], 0, LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] >> 6 == CONTINUATION:  # never within a character
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]) + b"\r\n"
