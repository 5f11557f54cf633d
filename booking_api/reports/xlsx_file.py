"""A list of attendees as an XLSX file, sent while it is made, in memory that does not grow with it. Pure.

XlsxWriter makes the file with its head line, and the lines of attendees are put into its only sheet as it goes into the
ZIP archive. XlsxWriter itself would have the sheet ready only at its end, takes six times as long, and
writes a text that begins with `<r>` and ends with `</r>` as the markup that it then is.

Every text is a string cell, which no program takes for a formula.
"""

import io
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

from .rows import COLUMNS, Row

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LINES = 1_048_576  # of a sheet, with its head
CUT = "There are more tickets than a sheet can have lines. They are all in attendees.csv."
SHEET = "xl/worksheets/sheet1.xml"
COMPRESSION = 1  # the whole takes a third less time than with the usual 6, and the file is a seventh larger
SENT_AT_ONCE = 16_384  # bytes; the first of them are there soon
WIDTHS = {"ticket_type": 18, "attendee_name": 24, "customer_name": 24, "attendee_email": 30, "customer_email": 30}

DIMENSION = re.compile(rb"<dimension [^>]*/>")  # it would say that there is only the head
LETTERS = [chr(ord("A") + index) for index in range(len(COLUMNS))]
UNUSUAL = re.compile("[&<>\u0000-\u0008\u000b-\u001f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\\s|\\s$")
NO_XML = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]")
# Programs take `_x0041_` for an A. In two runs, of which each is read by itself, it stays what it is.
CODE = re.compile("(?<=_)(?=x[0-9A-Fa-f]{4}_)")


class _Sink:
    """A file that can only be written to, and what was written taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts, self.size = [], 0
        return taken


def xlsx_file(pages: Iterable[Sequence[Row]], most_lines: int = MOST_LINES) -> Generator[bytes]:
    """Yield the parts of the file. It has at most so many lines; if there are more, the last one says so."""
    sink = _Sink()
    skeleton = ZipFile(_skeleton())
    before, end, after = DIMENSION.sub(b"", skeleton.read(SHEET)).partition(b"</sheetData>")
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:  # type: ignore[call-overload]
        for name in skeleton.namelist():
            if name != SHEET:
                with archive.open(name, "w") as part:
                    part.write(skeleton.read(name))
        with archive.open(SHEET, "w") as sheet:
            sheet.write(before)
            for lines in _numbered(pages, most_lines):
                sheet.write(lines)
                if sink.size >= SENT_AT_ONCE:
                    yield sink.take()
            sheet.write(end + after)
    yield sink.take()


def _numbered(pages: Iterable[Sequence[Row]], most_lines: int) -> Iterator[bytes]:
    number = 1
    for page in pages:
        left = most_lines - number
        # The last line is kept free for what may follow.
        fitting = page[: left - 1]
        yield "".join([_line(number + index, row) for index, row in enumerate(fitting, 1)]).encode()
        number += len(fitting)
        if len(fitting) < len(page):
            yield f'<row r="{number + 1}">{_text(LETTERS[0], number + 1, CUT)}</row>'.encode()
            return


def _line(number: int, row: Row) -> str:
    cells = [
        f'<c r="{letter}{number}"><v>{value}</v></c>' if isinstance(value, int) else _text(letter, number, value)
        for letter, value in zip(LETTERS, row, strict=True)
        if value is not None and value != ""
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text(letter: str, number: int, text: str) -> str:
    content = f"<t>{text}</t>" if UNUSUAL.search(text) is None else _unusual(text)
    return f'<c r="{letter}{number}" t="inlineStr"><is>{content}</is></c>'


def _unusual(text: str) -> str:
    """Return the markup of a text with characters that must be escaped, that XML cannot have, or that would be lost."""
    runs = []
    for run in CODE.split(text):
        escaped = NO_XML.sub("\ufffd", run).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        runs.append(f'<t xml:space="preserve">{escaped.replace(chr(13), "&#13;")}</t>')
    return runs[0] if len(runs) == 1 else "".join(f"<r>{run}</r>" for run in runs)


def _skeleton() -> io.BytesIO:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Attendees")
        sheet.freeze_panes(1, 0)
        bold = workbook.add_format({"bold": True})
        for index, name in enumerate(COLUMNS):
            sheet.set_column(index, index, WIDTHS.get(name, 12))
            sheet.write_string(0, index, name, bold)
    return made
