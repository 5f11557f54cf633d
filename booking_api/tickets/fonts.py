"""The font of PDFs: FiraGO, with Latin, Greek and Cyrillic letters and many more.

Scripts whose letters are joined, stacked or written from the right would need a shaper. Their letters are not printed
but seen to be missing, like emoji; the page of the ticket, to which every PDF leads, shows them all.
"""

import unicodedata
from functools import cache
from io import BytesIO
from typing import NamedTuple

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

MISSING = "\N{WHITE VERTICAL RECTANGLE}"
# From Hebrew to Myanmar, and from Ethiopic to Mongolian; Georgian is between them. Beyond are punctuation and symbols,
# the letters of East Asia, which the font lacks, and forms of Arabic letters.
SHAPED = (range(0x0590, 0x10A0), range(0x1100, 0x1C90), range(0xFB1D, 0xFB50), range(0xFB50, 0xFE00))
UNPRINTED = ("Cc", "Cf", "Cs")
UNSEEN = (*UNPRINTED, "Mn", "Me")  # without the characters that they change, there is nothing to see of them


class Face(NamedTuple):
    """A face: its name in PDFs, the characters that it has, and their widths in thousandths."""

    name: str
    printed: frozenset[str]
    widths: dict[str, float]

    def width(self, text: str, size: float) -> float:
        """Return how wide a text is that has only characters of this face."""
        widths = self.widths
        return sum([widths[character] for character in text]) * size / 1000

    def printable(self, text: str) -> str:
        """Return a text with a sign in place of what this face lacks, composed (NFC) and with plain spaces."""
        composed = unicodedata.normalize("NFC", " ".join(text.split()))
        if self.printed.issuperset(composed):
            return composed
        return "".join([character if character in self.printed else _stands_for(character) for character in composed])


class Faces(NamedTuple):
    """The faces of a ticket; `code` has letters of one width, which nobody confuses with digits."""

    regular: Face
    bold: Face
    code: Face


@cache
def faces() -> Faces:
    """Return the faces. The first call takes 60 ms, and they take 6 MB."""
    # Each of these modules unpacks its font.
    from pymupdf_fonts import CascadiaMono_Bold, FiraGO_Bold, FiraGO_Regular

    contents = (FiraGO_Regular.fontbuffer, FiraGO_Bold.fontbuffer, CascadiaMono_Bold.fontbuffer)
    return Faces(*(_face(f"Ticket-{name}", content) for name, content in zip(Faces._fields, contents, strict=True)))


def _face(name: str, content: bytes) -> Face:
    font = TTFont(name, BytesIO(content))
    registerFont(font)
    has = [code for code in font.face.charToGlyph if code >= 32 and not any(code in script for script in SHAPED)]
    has = [code for code in has if unicodedata.category(chr(code)) not in UNPRINTED]
    default = font.face.defaultWidth
    return Face(name, frozenset(map(chr, has)), {chr(code): font.face.charWidths.get(code, default) for code in has})


def _stands_for(character: str) -> str:
    return "" if unicodedata.category(character) in UNSEEN else MISSING
