"""QR codes as PNG and SVG: others read them, and they are what segno would have made."""

import random
import struct
from base64 import urlsafe_b64encode

import pytest
import segno

from booking_api.tickets import qr

from .conftest import PUBLIC
from .reading import QUIET, codes_in, drawn, picture

SITES = ("http://127.0.0.1:8000", PUBLIC, f"https://{'x' * 60}.example.com/shop", f"https://{'y' * 170}.example")


@pytest.mark.parametrize("state", ["valid", "held", "cancelled", "used"])
def test_both_pictures_lead_to_the_page_of_the_ticket(in_state, see, state):
    ticket = in_state(state)
    png, svg = see(ticket, ".png"), see(ticket, ".svg")
    assert (png.mimetype, svg.mimetype) == ("image/png", "image/svg+xml")
    assert codes_in(picture(png.data)) == codes_in(drawn(svg.text)) == [ticket["url"]]


def test_a_png_has_one_bit_a_pixel_and_is_large_enough_to_print_and_small(ticket, see):
    png = see(ticket, ".png").data
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (1, 0)
    assert width == height == 410
    assert len(png) < 1000


def test_a_picture_is_black_on_white_and_has_its_quiet_zone(ticket, see):
    image = picture(see(ticket, ".png").data).convert("L")
    assert {colour for _count, colour in image.getcolors()} == {0, 255}
    margin = QUIET * 10
    inner = image.point(lambda grey: 255 - grey).getbbox()
    assert inner == (margin, margin, image.width - margin, image.height - margin)
    svg = see(ticket, ".svg").text
    assert '<path fill="#fff" d="M0 0h41v41H0z"/>' in svg and 'width="410" height="410"' in svg


@pytest.mark.parametrize("site", SITES, ids=len)
def test_a_code_is_module_by_module_what_segno_makes_of_it(site):
    chance = random.Random(site)
    for _ in range(40):
        code = urlsafe_b64encode(chance.randbytes(16)).rstrip(b"=").decode()
        content = f"{site}/t/{code}"
        whole = segno.make(content, error="m", micro=False, mask=qr.MASK, boost_error=False)
        assert qr.matrix_of(content) == [bytes(row) for row in whole.matrix]
        assert codes_in(picture(qr.png(qr.matrix_of(content), 4))) == [content]


@pytest.mark.parametrize("content", ["A", "http://x", "A" * 21, "A" * 22, "https://tickets.example.com/t/" + "-_" * 11])
def test_a_text_of_any_length_can_be_read(content):
    assert codes_in(picture(qr.png(qr.matrix_of(content), 8))) == [content]


def test_a_stain_on_a_code_does_no_harm(ticket, see):
    image = picture(see(ticket, ".png").data).convert("L")
    image.paste(255, (190, 190, 260, 260))
    assert codes_in(image) == [ticket["url"]]
