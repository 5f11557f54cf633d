"""Tickets as a PDF: a page of A6 for each, which fills a page of A4 when it is printed on one.

It takes 8 ms, and 3 ms for each ticket, of which there are at most a hundred in a booking.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import NamedTuple

from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

from ..languages.catalogue import Language
from . import qr
from .fonts import Face, Faces, faces
from .model import ShownTicket
from .rules import CANCELLED, HELD, USED, VALID
from .words import Words, words_of

WIDTH, HEIGHT = 297.64, 419.53  # of A6, in points
MARGIN, BAND = 22.0, 32.0
SMALLEST_QR, LARGEST_QR, QR_BOTTOM = 158.0, 200.0, 46.0
TOP, BOTTOM = HEIGHT - BAND - 14, QR_BOTTOM + SMALLEST_QR + 4  # between them stands what is of any length
LEADING = 1.25
SHRINK = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # the first that lets the text fit
INK, SOFT, WHITE = (0.09, 0.12, 0.17), (0.36, 0.41, 0.47), (1.0, 1.0, 1.0)
BANDS = {VALID: (0.04, 0.43, 0.27), HELD: (0.64, 0.37, 0.0), CANCELLED: (0.69, 0.13, 0.13), USED: (0.3, 0.34, 0.41)}
OVERLAP = 0.02  # modules: without it some programs show white lines between rows


class Line(NamedTuple):
    """A line of text, and how far below the last one its foot stands."""

    text: str
    face: Face
    size: float
    colour: tuple[float, float, float]
    drop: float


def render(tickets: Sequence[ShownTicket], language: Language) -> bytes:
    """Return a PDF with these tickets. Not for two threads at once: the font has a state."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), lang=language.code)
    canvas.setTitle(tickets[0].event["title"].encode(errors="replace").decode())
    for ticket in tickets:
        _draw(canvas, ticket, words_of(ticket, language))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, ticket: ShownTicket, words: Words) -> None:
    face = faces()
    colour = BANDS[ticket.state]
    canvas.setFillColorRGB(*colour)
    canvas.rect(0, HEIGHT - BAND, WIDTH, BAND, stroke=0, fill=1)
    _text(canvas, Line(words.state, face.bold, 14, WHITE, 0), HEIGHT - BAND + 11, MARGIN)
    y = TOP
    for line in _fitting(words, face):
        y -= line.drop
        _text(canvas, line, y, MARGIN)
    side = max(SMALLEST_QR, min(LARGEST_QR, y - QR_BOTTOM - 4))
    _qr(canvas, ticket, side, faint=ticket.state in (CANCELLED, USED))
    if ticket.state in (CANCELLED, USED):
        _stamp(canvas, face.bold.printable(words.state), face.bold, colour, side)
    _text(canvas, Line(" ".join(words.code), face.code, 10, INK, 0), 36)
    _text(canvas, _shrunk(Line(words.note, face.regular, 8, SOFT, 0)), 23)
    _text(canvas, _shrunk(Line(ticket.url, face.regular, 6, SOFT, 0)), 12)


def _text(canvas: Canvas, line: Line, y: float, x: float | None = None) -> None:
    """Draw a line at `x`, or in the middle."""
    text = line.face.printable(line.text)
    canvas.setFillColorRGB(*line.colour)
    canvas.setFont(line.face.name, line.size)
    canvas.drawString((WIDTH - line.face.width(text, line.size)) / 2 if x is None else x, y, text)


def _shrunk(line: Line) -> Line:
    width = line.face.width(line.face.printable(line.text), line.size)
    return line._replace(size=line.size * min(1.0, (WIDTH - 2 * MARGIN) / width))


def _fitting(words: Words, face: Faces) -> list[Line]:
    """Return the lines of all that may be long, as large as they fit above the QR code."""
    lines: list[Line] = []
    for shrink in SHRINK:
        lines = _lines(words, face, shrink)
        if sum(line.drop for line in lines) <= TOP - BOTTOM:
            break
    return lines


def _lines(words: Words, face: Faces, shrink: float) -> list[Line]:
    lines: list[Line] = []

    def add(text: str, used: Face, size: float, colour: tuple[float, float, float], gap: float) -> None:
        size *= shrink
        for number, piece in enumerate(_wrapped(used.printable(text), used, size)):
            lines.append(Line(piece, used, size, colour, size * LEADING + (0 if number else gap * shrink)))

    add(words.title, face.bold, 19, INK, 0)
    add(words.when, face.regular, 10.5, INK, 5)
    if words.venue:
        add(words.venue, face.regular, 10.5, INK, 2)
    for label, text in words.details:
        add(label, face.regular, 7.5, SOFT, 6)
        add(text, face.bold, 11, INK, 0)
    return lines


def _wrapped(text: str, face: Face, size: float) -> list[str]:
    """Return a text in lines that fit the page, broken at spaces, or anywhere in a word that is longer than a line."""
    room, space = (WIDTH - 2 * MARGIN) * 1000 / size, face.widths[" "]
    lines: list[str] = []
    line, used = "", 0.0
    for word in text.split():
        width = face.width(word, 1000)
        if line and used + space + width <= room:
            line, used = f"{line} {word}", used + space + width
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, face, room) if width > room else [word]
        lines += whole
        used = face.width(line, 1000)
    return [*lines, line] if line else lines


def _cut(word: str, face: Face, room: float) -> list[str]:
    """Return a word in pieces that fit, each as long as it can be."""
    pieces, start, used = [], 0, 0.0
    for end, character in enumerate(word):
        used += face.widths[character]
        if used > room:
            pieces.append(word[start:end])
            start, used = end, face.widths[character]
    return [*pieces, word[start:]]


def _qr(canvas: Canvas, ticket: ShownTicket, side: float, *, faint: bool) -> None:
    matrix = qr.matrix_of(ticket.url)
    module = side / qr.side_of(matrix)
    left = (WIDTH - side) / 2 + qr.QUIET * module
    top = QR_BOTTOM + side - qr.QUIET * module
    canvas.setFillGray(0.8 if faint else 0)
    path = canvas.beginPath()
    rect: Callable[..., None] = path.rect
    for x, y, length in qr.runs(matrix):
        rect(left + x * module, top - (y + 1) * module, length * module, module * (1 + OVERLAP))
    canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)
    canvas.linkURL(ticket.url, ((WIDTH - side) / 2, QR_BOTTOM, (WIDTH + side) / 2, QR_BOTTOM + side))


def _stamp(canvas: Canvas, text: str, face: Face, colour: tuple[float, float, float], side: float) -> None:
    """Put the state across the QR code."""
    size = min(26.0, 26.0 * side / face.width(text, 26))
    width = face.width(text, size)
    canvas.saveState()
    canvas.translate(WIDTH / 2, QR_BOTTOM + side / 2)
    canvas.rotate(14)
    canvas.setFillColorRGB(*WHITE)
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(2.5)
    canvas.roundRect(-width / 2 - 10, -size * 0.7, width + 20, size * 1.4, 5, stroke=1, fill=1)
    canvas.setFillColorRGB(*colour)
    canvas.setFont(face.name, size)
    canvas.drawString(-width / 2, -size * 0.34, text)
    canvas.restoreState()
