"""The page of a ticket in a real browser, as large as a phone, at night and on paper.

It needs chromium and its driver, like the test of `/docs`.
"""

import base64
import tempfile
from pathlib import Path

import pytest

from ..browsers import open_browser
from ..processes import Service
from .reading import codes_in, pages_of, picture

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


def ticket_for(service, title):
    """A ticket for an event of this title."""
    fields = {"title": title, "venue": title, "description": "", "timezone": "Europe/Vienna", "total_tickets": 10}
    event = service.sign_up("organizer").post("/events", json=fields | {"date": "2031-06-01T18:00:00Z"}).json()
    (ticket,) = (
        service.sign_up("customer").post("/bookings", json={"event_id": event["id"], "quantity": 1}).json()["tickets"]
    )
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


def test_a_ticket_is_printed_on_one_page_with_its_code(browser, ticket):
    show(browser, ticket["url"], "dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    ((text, codes),) = pages_of(base64.b64decode(printed["data"]))
    assert codes == [ticket["url"]]
    assert "Valid" in text and TITLE in text and "PDF" not in text
