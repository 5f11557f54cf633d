"""The old address of a ticket that was given to somebody else: it is gone, says so, and names nobody."""

import re
from html import unescape

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import book

FORMS = ("", ".svg", ".png", ".pdf")
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
ZOE = {"name": "Zoe Zander", "email": "zoe@example.com"}


@pytest.fixture
def booking(customer, evening):
    """A booking of two tickets."""
    return book(customer, evening, 2)


@pytest.fixture
def give(customer, booking):
    """Gives the first ticket to somebody."""

    def transfer(holder=ZOE):
        path = f"/bookings/{booking['id']}/tickets/{booking['tickets'][0]['id']}/transfer"
        assert customer.post(path, holder).status_code == 200

    return transfer


@pytest.fixture
def code(app):
    """The present code of the first ticket."""
    return lambda: services_of(app)[BookingStore].collection.find_one({})["tickets"][0]["code"]


@pytest.mark.parametrize(
    "accept", [None, "*/*", "image/avif,image/webp,*/*;q=0.8", "application/json, text/html;q=0.1"]
)
@pytest.mark.parametrize("form", FORMS)
def test_programs_hear_that_it_is_gone_in_every_form(see, booking, give, form, accept):
    give()
    answer = see(booking["tickets"][0], form, headers={"Accept": accept} if accept else {})
    problem = assert_problem(answer, 410, "ticket_given_away")
    assert not re.search("Zoe|zoe|Jazz|customer", str(problem))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("language", "title"), [("en", "given to somebody else"), ("de-AT", "jemand anderem gegeben")])
def test_people_see_a_page_that_says_so_and_names_nobody(customer, see, booking, give, form, language, title):
    give()
    page = see(booking["tickets"][0], form, headers={"Accept": CHROME, "Accept-Language": language})
    assert (page.status_code, page.content_type) == (410, "text/html; charset=utf-8")
    words = " ".join(unescape(re.sub("<[^>]*>", " ", page.text.partition("<body>")[2])).split())
    assert title in words
    for name in (ZOE["name"], ZOE["email"], customer.user["name"], "Jazz", "Stadthalle", booking["tickets"][0]["code"]):
        assert name not in page.text
    assert "svg xmlns" not in page.text.partition("</head>")[2] and "<a " not in page.text


@pytest.mark.parametrize("accept", ["*/*", CHROME])
def test_what_is_gone_is_kept_by_nobody_because_its_address_is_a_secret(see, booking, give, accept):
    give()
    answer = see(booking["tickets"][0], headers={"Accept": accept})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert {"Accept", "Accept-Language"} <= set(re.split(", *", answer.headers["Vary"]))


def test_only_the_old_codes_of_that_ticket_are_gone(see, booking, give, code):
    given, kept = booking["tickets"]
    give()
    second = {"code": code()}
    assert see(second).status_code == see(kept).status_code == 200
    give({"name": "Yan", "email": "yan@example.com"})
    assert [see(ticket).status_code for ticket in (given, second, {"code": code()}, kept)] == [410, 410, 200, 200]
    assert_problem(see({"code": given["code"].swapcase()}), 404, "ticket_not_found")


def test_it_is_gone_whatever_becomes_of_the_ticket(customer, see, booking, give):
    give()
    assert customer.post(f"/bookings/{booking['id']}/cancel", {}).status_code == 200
    assert see(booking["tickets"][0]).status_code == 410
    assert see(booking["tickets"][1]).status_code == 200
