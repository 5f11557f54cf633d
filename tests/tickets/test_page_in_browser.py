"""The page of a ticket in a real browser, as large as a phone, at night and on paper.

It needs chromium and its driver, like the test of `/docs`.
"""

import base64
import tempfile
from pathlib import Path

import pytest

from ..browsers import open_browser
from ..processes import Service
from .reading import codes_in, pages_of, picture, without_code

pytestmark = pytest.mark.server

PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
TITLE = "Jazz night with the Vienna Night Owls"


@pytest.fixture(scope="module")
def service():
    """A running service."""
    with tempfile.TemporaryDirectory(prefix="booking-tickets-") as folder, Service(Path(folder) / "var") as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    """A headless chromium with an empty profile."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def ticket(service):
    """A valid ticket."""
    return ticket_for(service, TITLE)


def ticket_for(service, title, venue=None, give_to=None):
    """A ticket for an event of this title; its first address, if it is given to somebody."""
    fields = {"title": title, "venue": venue or title, "timezone": "Europe/Vienna", "total_tickets": 10}
    fields |= {"description": "", "date": "2031-06-01T18:00:00Z", "end_date": "2031-06-01T21:00:00Z"}
    event = service.sign_up("organizer").post("/events", json=fields).json()
    customer = service.sign_up("customer")
    booking = customer.post("/bookings", json={"event_id": event["id"], "quantity": 1}).json()
    (ticket,) = booking["tickets"]
    if give_to:
        path = f"/bookings/{booking['id']}/tickets/{ticket['id']}/transfer"
        assert customer.post(path, json=give_to).status_code == 200
    return ticket


def show(browser, url, colours="light", **size):
    """Open a page on a phone; what it looks like."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | size)
    scheme = [{"name": "prefers-color-scheme", "value": colours}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": scheme})
    browser.get(url)
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    return picture(base64.b64decode(shot["data"])).convert("RGB")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [280, 360, 430, 1280])
def test_the_code_is_read_from_the_screen_by_day_and_by_night(browser, ticket, colours, width):
    screen = show(browser, ticket["url"], colours, width=width)
    assert codes_in(screen) == [ticket["url"]]
    edge = sum(screen.getpixel((1, screen.height - 2))) / 3
    assert (edge < 64) is (colours == "dark")
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_the_code_is_seen_on_a_phone_without_scrolling(browser, ticket):
    show(browser, ticket["url"])
    bottom, height = browser.execute_script(
        "return [document.querySelector('.qr').getBoundingClientRect().bottom, innerHeight]"
    )
    assert 0 < bottom <= height


def test_the_page_asks_for_nothing_else_and_breaks_no_rule_of_its_policy(browser, ticket):
    browser.get_log("browser")
    show(browser, ticket["url"])
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [address for address in loaded if not address.startswith("data:")] == []
    assert browser.get_log("browser") == []
    assert (
        browser.execute_script("return getComputedStyle(document.querySelector('.state')).color")
        == "rgb(255, 255, 255)"
    )


@pytest.mark.parametrize("title", ["W" * 200, "🎷" * 200, "<script>document.title = 'x'</script>", "שלום " * 40])
def test_no_title_breaks_the_page(browser, service, title):
    ticket = ticket_for(service, title.strip())
    assert codes_in(show(browser, ticket["url"])) == [ticket["url"]]
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.title == " ".join(title.split())


def test_the_hours_stay_on_one_line_however_narrow_the_phone(browser, ticket):
    show(browser, ticket["url"])
    lines = "return document.querySelector('.when span').getClientRects().length"
    for width in range(240, 440, 8):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": width})
        assert browser.execute_script(lines) == 1, width


@pytest.mark.parametrize(("title", "side"), [("ליל ג'אז", "right"), ("Jazz night", "left"), ("2031", "left")])
def test_date_and_venue_stand_on_the_side_of_the_title_and_are_read_their_own_way(browser, service, title, side):
    show(browser, ticket_for(service, title, venue="Porgy & Bess")["url"])
    shown = browser.execute_script(
        "return ['.when', '.venue'].map(name => getComputedStyle(document.querySelector(name)))"
        ".map(style => [style.textAlign.replace('start', 'left'), style.direction])"
    )
    assert shown == [[side, "ltr"], [side, "ltr"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_old_address_of_a_ticket_looks_like_one_without_its_code(browser, service, colours):
    ticket = ticket_for(service, TITLE, give_to={"name": "Zoe", "email": "zoe@example.com"})
    assert codes_in(show(browser, ticket["url"], colours)) == []
    band, words = browser.execute_script(
        "return [getComputedStyle(document.querySelector('.state')).backgroundColor, document.body.innerText]"
    )
    assert band == "rgb(176, 33, 33)" and "given to somebody else" in words and TITLE not in words
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("title", [TITLE, "W" * 200])
def test_a_ticket_is_printed_on_one_page_with_its_code(browser, service, title):
    ticket = ticket_for(service, title)
    show(browser, ticket["url"], "dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    ((text, codes),) = pages_of(base64.b64decode(printed["data"]))
    assert codes == [ticket["url"]]
    said = without_code(text, ticket)
    assert "Valid" in said and title.replace(" ", "") in said.replace(" ", "") and "PDF" not in said
