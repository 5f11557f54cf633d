"""Reads tickets as others do: a QR code with zxing, a PDF with PDFium, which both know nothing of what wrote them."""

import io
import re

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw

QUIET = 4


def codes_in(image):
    """What the QR codes of a picture say."""
    return [found.text for found in zxingcpp.read_barcodes(image) if found.format == zxingcpp.BarcodeFormat.QRCode]


def picture(png):
    """A PNG as it is drawn."""
    return Image.open(io.BytesIO(png))


def drawn(svg, scale=5):
    """An SVG of ours as it is drawn: rectangles of one path on white."""
    (side,) = set(re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    image = Image.new("1", (int(side) * scale, int(side) * scale), 1)
    pen = ImageDraw.Draw(image)
    (path,) = re.findall(r'<path fill="#000" d="([^"]+)"', svg)
    for x, y, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path):
        assert length == back
        left, top = int(x) * scale, int(y) * scale
        pen.rectangle((left, top, left + int(length) * scale - 1, top + scale - 1), fill=0)
    return image


def pages_of(pdf):
    """The pages of a PDF: the text of each, and what its QR codes say when it is drawn."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_page(document[number]) for number in range(len(document))]
    finally:
        document.close()


def without_code(text, ticket):
    """What a page says but for the code of its ticket, which is drawn, and may have any word of a few letters in it."""
    return text.replace(ticket["code"], "").replace(" ".join(re.findall(".{1,4}", ticket["code"])), "")


def size_of(pdf):
    """The width and the height of the first page, in whole millimetres."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return tuple(round(points / 72 * 25.4) for points in document[0].get_size())
    finally:
        document.close()


def edge_in(pdf):
    """The shades of grey along the left edge of the QR code on the first page, where it is black for 7 modules."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=5).to_pil().convert("L")
    finally:
        document.close()
    (found,) = zxingcpp.read_barcodes(image)
    corner, other = found.position.top_left, found.position.bottom_left
    module = (other.y - corner.y) / 33
    x = round(corner.x + module / 2)
    return {image.getpixel((x, y)) for y in range(round(corner.y + module / 2), round(corner.y + 6.5 * module))}


def _page(page):
    text = page.get_textpage().get_text_bounded()
    return " ".join(text.split()), codes_in(page.render(scale=3).to_pil())
