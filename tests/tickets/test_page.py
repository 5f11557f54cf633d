"""The page of a ticket: what it says in each state and language, and what it keeps from others."""

import html
import re

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of
from booking_api.tickets.pages import STYLE

from ..asserting import assert_problem
from ..builders import book, make_event
from .conftest import PUBLIC
from .reading import codes_in, drawn

STATES = {
    "valid": ("Valid", "Show this code at the door."),
    "held": ("Not yet valid", "The booking is on hold, and has to be confirmed first."),
    "cancelled": ("Cancelled", "This ticket is no longer valid."),
    "used": ("Used", "Scanned at the door: Sunday, 1 June 2031, 19:40 CEST (Europe/Vienna)"),
}
FORMS = ("", ".svg", ".png", ".pdf")


def words_on(page):
    """What somebody reads on a page, without its style and its title."""
    body = page.text.partition("<body>")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def test_a_ticket_says_what_when_where_who_and_shows_its_code(customer, ticket, see):
    page = see(ticket)
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    words = words_on(page)
    groups = re.findall(".{1,4}", ticket["code"])
    for fact in (
        "Jazz night",
        "Sunday, 1 June 2031, 20:00–23:00 CEST (Europe/Vienna)",
        "Stadthalle, Wien",
        f"Name {customer.user['name']}",
        " ".join(groups),
    ):
        assert fact in words
    assert codes_in(drawn(page.text)) == [f"{PUBLIC}/t/{ticket['code']}"]


def test_a_ticket_has_its_type_and_the_name_of_who_comes(organizer, customer, see, change):
    types = [{"name": "Stalls <left>", "price": 2500, "total": 5}]
    fields = {"title": "Play", "description": "", "date": "2031-06-01T18:00:00Z", "ticket_types": types}
    event = organizer.post("/events", fields).json
    order = {"event_id": event["id"], "items": [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 1}]}
    (ticket,) = customer.post("/bookings", order).json["tickets"]
    change(ticket, attendee_name="Bob & Eve")
    words = words_on(see(ticket))
    assert "Name Bob & Eve Ticket Stalls <left>" in words
    assert customer.user["name"] not in words


@pytest.mark.parametrize("state", STATES)
def test_a_ticket_looks_its_state(state, in_state, see):
    page = see(in_state(state))
    label, note = STATES[state]
    words = words_on(page)
    assert words.startswith(f"{label} Jazz night") and note in words
    assert f'<main class="ticket {state}">' in page.text
    assert ('class="stamp"' in page.text) is (state in ("cancelled", "used"))
    assert [other for other, (other_label, _) in STATES.items() if words.startswith(f"{other_label} ")] == [state]


def test_a_ticket_that_is_to_be_paid_says_so_until_it_is(organizer, customer, see):
    types = [{"name": "Stalls", "price": 2500, "total": 5}]
    fields = {"title": "Play", "description": "", "date": "2031-06-01T18:00:00Z", "ticket_types": types}
    event = organizer.post("/events", fields | {"payment": "manual"}).json
    booking = customer.post("/bookings", {"event_id": event["id"], "quantity": 1}).json
    (ticket,) = booking["tickets"]
    assert "The booking is on hold, and has to be paid first." in words_on(see(ticket))
    assert "muss erst bezahlt werden" in words_on(see(ticket, headers={"Accept-Language": "de"}))
    paid = organizer.post(f"/events/{event['id']}/bookings/{booking['id']}/payments", {"method": "cash"})
    assert paid.status_code == 201, paid.json
    assert "Show this code at the door." in words_on(see(ticket))


def test_the_tickets_of_a_cancelled_event_are_cancelled_before_each_booking_is(app, organizer, evening, ticket, see):
    assert organizer.post(f"/events/{evening['id']}/cancel", {}).status_code == 200
    services_of(app)[BookingStore].collection.update_many({}, {"$set": {"status": "confirmed", "cancelled_by": None}})
    words = words_on(see(ticket))
    assert words.startswith("Cancelled") and "This event will not take place." in words


@pytest.mark.parametrize(
    ("locale", "header", "language"),
    [("en", None, "en"), ("de", None, "de"), ("de", "en-GB,en;q=0.9", "en"), ("en", "de-AT", "de"), ("de", "", "de")],
)
def test_a_ticket_is_in_the_language_that_is_asked_for_else_in_the_customers(
    customer, ticket, see, locale, header, language
):
    assert customer.patch("/users/me", {"locale": locale}).status_code == 200
    page = see(ticket, headers={} if header is None else {"Accept-Language": header})
    assert f'<html lang="{language}">' in page.text
    assert ("20:00–23:00 Uhr MESZ" in words_on(page)) is (language == "de")
    assert words_on(page).startswith("Gültig" if language == "de" else "Valid")
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "{{ 7 * 7 }}{% raw %}",
        "</title></style>",
        "\u202eegnar",
        "🎷" * 100,
        "W" * 200,
        "שלום مرحبا",
    ],
)
def test_what_people_write_is_shown_and_changes_nothing(organizer, customer, see, title):
    event = make_event(organizer, title=title, venue=title)
    (ticket,) = book(customer, event)["tickets"]
    page = see(ticket)
    assert words_on(page).count(" ".join(title.split())) == 2
    assert re.findall(r"<(script|img|iframe|object|form)", page.text) == []
    assert page.text.count("<style>") == page.text.count("<title>") == 1


def test_a_page_needs_nothing_from_elsewhere_and_no_script(ticket, see):
    page = see(ticket)
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]+)""", page.text)
    assert [address[:5] for address in addresses] == ["data:", ticket["code"][:5]]
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy and "unsafe" not in policy
    assert "url(" not in STYLE and "@import" not in STYLE and " style=" not in page.text


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_ticket_is_kept_indexed_or_told_to_others(ticket, see, form):
    answer = see(ticket, form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "ETag" not in answer.headers
    assert form or '<meta name="robots" content="noindex, nofollow">' in answer.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "code", ["x", "A" * 22, "A" * 200, "é" * 22, "a.b", "$ne", "%00" * 8, "..", "A" * 21 + "%20", "' OR 1=1"]
)
def test_a_code_that_no_ticket_has_is_unknown_and_nothing_more_is_said(client, ticket, form, code):
    problem = assert_problem(client.seen("GET", f"/t/{code}{form}"), 404, "ticket_not_found")
    assert code not in str(problem) or code == "x"


@pytest.mark.parametrize("form", FORMS)
def test_a_code_is_taken_letter_by_letter(client, ticket, form):
    swapped = ticket["code"].swapcase()
    assert swapped != ticket["code"]
    for wrong in (swapped, ticket["code"][:-1], f"{ticket['code']}A", f"{ticket['code']}%20"):
        assert client.seen("GET", f"/t/{wrong}{form}").status_code == 404


def test_whoever_has_the_code_needs_no_account_and_a_token_changes_nothing(customer, ticket, see):
    signed_in = see(ticket, headers={"Authorization": f"Bearer {customer.token}"})
    broken = see(ticket, headers={"Authorization": "Bearer nonsense"})
    assert see(ticket).data == signed_in.data == broken.data
