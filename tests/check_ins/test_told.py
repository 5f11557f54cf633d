"""What the rest of the service knows of scans: the feed, the ticket's page, reports, metrics, and what logs do not."""

import csv
import hashlib
import io
import re

import pytest

from booking_api.check_ins.service import CheckInService
from booking_api.observability import logs

from ..apps import SETTINGS
from ..builders import book, make_event
from ..health.scrapes import scrape
from ..tickets.reading import codes_in, drawn, pages_of
from .doors import AT, Door, key_of


def told(organizer, event):
    """The changes of tickets in the feed."""
    items = organizer.get(f"/events/{event['id']}/changes").json["items"]
    return [(each["type"], each["data"]) for each in items if each["type"].startswith("ticket.")]


def test_the_feed_tells_who_let_whom_in_without_names_and_codes(door, scanner, organizer, event, booking, ticket):
    scanner.scan(ticket, device="North gate")
    door.undo(ticket)
    shown = {
        "id": ticket["id"],
        "booking_id": booking["id"],
        "status": "valid",
        "list": "main",
        "checked_in_at": AT,
    }
    (came, by_scanner), (undone, by_organizer) = told(organizer, event)
    assert (came, by_scanner["ticket"]) == ("ticket.checked_in", shown)
    assert (undone, by_organizer["ticket"]) == ("ticket.check_in_undone", shown)
    assert by_scanner["actor"] == {"type": "user", "id": scanner.api.user["id"]}
    assert by_organizer["actor"] == {"type": "user", "id": organizer.user["id"]}
    text = organizer.get(f"/events/{event['id']}/changes").text
    assert ticket["code"] not in text and "North gate" not in text


def test_the_feed_is_silent_of_what_changes_nothing(door, scanner, organizer, event, ticket):
    door.scan(ticket, nonce="n1")
    for _ in range(2):
        door.scan(ticket, nonce="n1"), door.scan(ticket), scanner.scan(ticket), door.scan("x" * 22)
    assert [kind for kind, _ in told(organizer, event)] == ["ticket.checked_in"]
    door.undo(ticket), door.undo(ticket)
    assert [kind for kind, _ in told(organizer, event)] == ["ticket.checked_in", "ticket.check_in_undone"]


def test_the_feed_tells_of_an_earlier_scan_as_undone_and_done(door, scanner, organizer, event, ticket):
    door.scan(ticket)
    scanner.scan(ticket, scanned_at="2030-01-01T11:00:00Z")
    changes = [(kind, data["ticket"]["checked_in_at"]) for kind, data in told(organizer, event)]
    assert changes == [
        ("ticket.checked_in", AT),
        ("ticket.check_in_undone", AT),
        ("ticket.checked_in", "2030-01-01T11:00:00Z"),
    ]


def test_the_page_of_the_ticket_says_used_and_after_that_was_undone_valid(client, door, ticket):
    def state():
        return re.findall('<p class="state">(.*?)</p>', client.seen("GET", f"/t/{ticket['code']}").text)

    assert state() == ["Valid"]
    door.scan(ticket)
    assert state() == ["Used"]
    door.undo(ticket)
    assert state() == ["Valid"]


def test_a_pass_can_be_shown_until_each_list_has_it(client, organizer, customer):
    event = make_event(organizer, check_in_lists=["Friday", "Saturday"])
    (ticket,) = book(customer, event)["tickets"]
    door = Door(organizer, event)

    def shown():
        page, pdf = (client.seen("GET", f"/t/{ticket['code']}{form}") for form in ("", ".pdf"))
        ((_text, codes),) = pages_of(pdf.data)
        return page.text, codes_in(drawn(page.text)) == codes == [ticket["url"]]

    door.scan(ticket, list="Friday")
    page, is_readable = shown()
    assert '<main class="ticket valid">' in page and "Scanned at the door" in page and is_readable
    assert door.scan(ticket, list="Saturday").status_code == 201
    page, is_readable = shown()
    assert '<main class="ticket used">' in page and not is_readable
    door.undo(ticket, list="Friday")
    assert '<main class="ticket valid">' in shown()[0]


def test_bookings_stats_and_files_of_attendees_know_who_is_in(door, customer, organizer, event, booking, ticket):
    def seen():
        shown = [each["checked_in_at"] for each in customer.get(f"/bookings/{booking['id']}").json["tickets"]]
        rows = csv.DictReader(io.StringIO(organizer.get(f"/events/{event['id']}/attendees.csv").text.lstrip("\ufeff")))
        filed = {row["ticket_id"]: row["checked_in_at"] for row in rows}
        assert [filed[each["id"]] or None for each in booking["tickets"]] == shown
        (guest,) = organizer.get(f"/events/{event['id']}/bookings").json["items"]
        assert [each["checked_in_at"] for each in guest["tickets"]] == shown
        return shown, organizer.get(f"/events/{event['id']}/stats").json["checked_in"]

    assert seen() == ([None, None, None], 0)
    door.scan(ticket)
    assert seen() == ([AT, None, None], 1)
    door.undo(ticket)
    assert seen() == ([None, None, None], 0)


def test_metrics_count_scans_by_what_became_of_them(client, door, scanner, booking):
    def counted():
        read = scrape(client)
        names = ("created", "replayed", "duplicate", "conflict", "ticket_not_found", "nonce_reused", "ticket_held")
        return {name: read("check_in_scans_total", outcome=name) for name in names}

    before = counted()
    first, second, _ = (each["code"] for each in booking["tickets"])
    door.scan(first, nonce="n1"), door.scan(first, nonce="n1"), door.scan(first), scanner.scan(first)
    door.bulk({"code": second}, {"code": "x"}, {"code": "y"}, {"code": second, "nonce": "n1"})
    gained = {name: value - before[name] for name, value in counted().items()}
    assert gained == {
        "created": 2,
        "replayed": 1,
        "duplicate": 1,
        "conflict": 1,
        "ticket_not_found": 2,
        "nonce_reused": 1,
        "ticket_held": 0,
    }
    assert first not in client.client.get("/metrics").text


@pytest.fixture
def logged(app, caplog):
    """What the logs say at their most talkative, once it is called."""
    logs.configure("DEBUG", "json")
    yield lambda: caplog.text
    logs.configure(SETTINGS.log_level, SETTINGS.log_format)


def test_codes_are_neither_in_logs_nor_with_the_scans(door, event, customer, booking, ticket, logged, scans):
    lost, unknown = book(customer, event), "A" * 22
    body = {"name": "Zoe", "email": "zoe@example.com"}
    customer.post(f"/bookings/{lost['id']}/tickets/{lost['tickets'][0]['id']}/transfer", body)
    codes = [ticket["code"], lost["tickets"][0]["code"], unknown]
    for code in codes:
        door.scan(f"https://example.com/t/{code}"), door.bulk({"code": code}), door.scan(code, nonce=f"n-{code[:2]}")
    lines = logged()
    assert lines.count("/check-ins") >= 9
    stored = str(list(scans.find({})))
    for code in codes:
        assert code not in lines and code not in stored
    assert hashlib.sha256(ticket["code"].encode()).hexdigest() not in stored


def test_codes_are_not_in_what_an_unexpected_failure_logs(app, door, ticket, logged, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("the door is stuck")

    monkeypatch.setattr(CheckInService, "check_in_all", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert door.scan(ticket).status_code == 500
    lines = logged()
    assert "the door is stuck" in lines and ticket["code"] not in lines


def test_a_key_is_told_as_its_organizer(app, organizer, event, ticket):
    _, gate = key_of(app, organizer, event)
    gate.scan(ticket)
    ((_, data),) = told(organizer, event)
    assert data["actor"] == {"type": "user", "id": organizer.user["id"]}
