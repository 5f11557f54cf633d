"""A list of attendees as a CSV file (RFC 4180) whose cells no spreadsheet takes for formulas. Pure."""

import csv
import io
import re
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache

from .rows import COLUMNS, FREE_TEXTS, Row

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
BYTE_ORDER_MARK = "\ufeff".encode()
# What begins a formula, and what becomes that where a program takes full-width and similar forms for the plain ones.
SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋\u2212"
# What programs skip before they look: white space, what is invisible, and quotes, of which two may be an empty text.
SKIPPED = '\\s"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb'
# Where a formula could begin: at the start, and after what separates cells in some country. The quotes around a cell
# are none to a program that separates by semicolons, if the cell does not begin there.
FORMULA = re.compile(f"(^|[,;|\\t\\r\\n])(?=[{SKIPPED}]*[{SIGNS}])|^(?=[\\t\\r\\n])")
CONTROLS = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")  # no text of a CSV file may have them
FREE = [index for index, name in enumerate(COLUMNS) if name in FREE_TEXTS]


def csv_file(pages: Iterable[Sequence[Row]], *, excel: bool) -> Generator[bytes]:
    """Yield the parts of the file, one for each page; with a mark by which Excel sees that it is UTF-8."""
    head = BYTE_ORDER_MARK if excel else b""
    head += _lines([COLUMNS])
    for page in pages:
        yield head + _lines(map(_defused, page))
        head = b""
    if head:
        yield head


def _defused(row: Row) -> list[str | int | None]:
    cells: list[str | int | None] = list(row)
    for index in FREE:
        if cells[index]:
            cells[index] = defused(str(cells[index]))
    return cells


@lru_cache(maxsize=4096)
def defused(text: str) -> str:
    """Return a text with an apostrophe before whatever could begin a formula, and without control characters."""
    return CONTROLS.sub("\ufffd", FORMULA.sub(r"\1'", text))


def _lines(rows: Iterable[Iterable[str | int | None]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
