"""The door, one scan after the other."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.store import BookingStore
from booking_api.check_ins.store import ScanStore
from booking_api.clock import rfc3339
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .door import faults, log, scan, undo


@pytest.fixture
def booking(customer, event):
    """A booking of two tickets."""
    return book(customer, event, 2)


@pytest.fixture
def code(booking):
    """The code of its first ticket."""
    return booking["tickets"][0]["code"]


def test_a_ticket_lets_somebody_in_once(app, organizer, customer, event, booking, code, clock):
    ticket, at = booking["tickets"][0], rfc3339(clock())
    answer = scan(organizer, event, code)
    assert answer.status_code == 201
    assert answer.json == {
        "ticket": {"id": ticket["id"], "ticket_type": None},
        "attendee": {"name": customer.user["name"]},
        "list": "main",
        "checked_in_at": at,
    }
    clock.advance(minutes=1)
    assert assert_problem(scan(organizer, event, code), 409, "already_checked_in")["checked_in_at"] == at
    shown = customer.get(f"/bookings/{booking['id']}").json["tickets"]
    assert [each["checked_in_at"] for each in shown] == [at, None]
    assert not faults(app)


@pytest.mark.parametrize(
    "read",
    [
        "{}",
        "  {}\r\n",
        "https://tickets.example.com/t/{}",
        "HTTP://127.0.0.1:8000/t/{}.svg",
        " https://x.example/t/{}.pdf?lang=de#top \n",
        "/t/{}/",
    ],
)
def test_what_scanners_read_is_understood(organizer, event, code, read):
    assert scan(organizer, event, read.format(code)).status_code == 201


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code[:-1], lambda code: f"{code}A", lambda code: f"{code[:5]} {code[5:]}"]
)
def test_a_code_with_a_mistake_is_nobodys(organizer, event, code, change):
    assert_problem(scan(organizer, event, change(code)), 404, "ticket_not_found")


def test_a_ticket_of_another_event_is_as_unknown_as_any(organizer, customer, event):
    other = book(customer, make_event(organizer))["tickets"][0]
    unknown = scan(organizer, event, "x" * 22).json
    assert scan(organizer, event, other["code"]).json == unknown
    assert scan(organizer, event, ticket_id=other["id"]).json == unknown
    assert [row["ticket_id"] for row in log(organizer, event)] == [None] * 3


def test_a_guest_whose_phone_is_dead_comes_in_by_the_id(organizer, event, booking):
    assert scan(organizer, event, ticket_id=booking["tickets"][1]["id"]).status_code == 201


def test_a_named_guest_is_called_by_that_name(organizer, customer, event, booking, code):
    customer.patch(f"/bookings/{booking['id']}/tickets/{booking['tickets'][0]['id']}", {"attendee_name": "Zoe"})
    assert scan(organizer, event, code).json["attendee"] == {"name": "Zoe"}


def test_a_hold_lets_nobody_in_until_it_is_confirmed(organizer, customer, event):
    held = hold(customer, event)
    assert_problem(scan(organizer, event, held["tickets"][0]["code"]), 409, "ticket_held")
    customer.post(f"/bookings/{held['id']}/confirm")
    assert scan(organizer, event, held["tickets"][0]["code"]).status_code == 201


def test_a_cancelled_ticket_lets_nobody_in(organizer, customer, event, booking, code):
    first, second = booking["tickets"]
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [first["id"]]})
    assert_problem(scan(organizer, event, code), 409, "ticket_cancelled")
    customer.post(f"/bookings/{booking['id']}/cancel")
    assert_problem(scan(organizer, event, second["code"]), 409, "ticket_cancelled")


def test_no_ticket_of_a_cancelled_event_lets_anybody_in(app, organizer, event, booking, code):
    assert scan(organizer, event, code).status_code == 201
    organizer.post(f"/events/{event['id']}/cancel")
    for ticket in booking["tickets"]:
        assert_problem(scan(organizer, event, ticket["code"]), 409, "ticket_cancelled")
    assert not faults(app)


def test_the_code_of_a_ticket_that_was_given_away_is_dead(app, organizer, customer, event, booking, code):
    ticket = booking["tickets"][0]
    for name in ("Zoe", "Yan"):
        body = {"name": name, "email": f"{name.lower()}@example.com"}
        assert customer.post(f"/bookings/{booking['id']}/tickets/{ticket['id']}/transfer", body).status_code == 200
    assert_problem(scan(organizer, event, code), 409, "ticket_revoked")
    new = services_of(app)[BookingStore].collection.find_one({})["tickets"][0]["code"]
    assert scan(organizer, event, new).json["attendee"] == {"name": "Yan"}
    assert not faults(app)


def test_each_list_takes_a_ticket_once(organizer, customer):
    event = make_event(organizer, check_in_lists=["Friday", "Saturday"])
    code = book(customer, event)["tickets"][0]["code"]
    assert scan(organizer, event, code).json["list"] == "Friday"
    assert scan(organizer, event, code, list="Saturday").status_code == 201
    assert_problem(scan(organizer, event, code, list="Friday"), 409, "already_checked_in")
    assert "list" in assert_problem(scan(organizer, event, code, list="Sunday"), 422, "validation_failed")["errors"]


def test_a_nonce_is_answered_as_before(organizer, event, booking, code, clock):
    first = scan(organizer, event, code, nonce="n1")
    clock.advance(minutes=1)
    again = scan(organizer, event, code, nonce="n1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    other = booking["tickets"][1]["code"]
    assert_problem(scan(organizer, event, other, nonce="n1"), 422, "nonce_reused")
    assert len(log(organizer, event)) == 2  # the refused one too
    assert scan(organizer, event, other, nonce="n2").status_code == 201


def test_a_refusal_is_repeated_under_its_nonce(organizer, customer, event):
    held = hold(customer, event)
    code = held["tickets"][0]["code"]
    assert_problem(scan(organizer, event, code, nonce="n1"), 409, "ticket_held")
    customer.post(f"/bookings/{held['id']}/confirm")
    assert_problem(scan(organizer, event, code, nonce="n1"), 409, "ticket_held")
    assert scan(organizer, event, code, nonce="n2").status_code == 201


def test_a_mistake_in_a_scan_does_not_use_its_nonce_up(organizer, event, code):
    assert_problem(scan(organizer, event, code, nonce="n1", list="none"), 422, "validation_failed")
    assert_problem(scan(organizer, event, code, nonce="n1", list="none"), 422, "validation_failed")
    assert scan(organizer, event, code, nonce="n1").status_code == 201


def test_nonces_of_different_events_have_nothing_to_do_with_each_other(organizer, customer, event, code):
    other = make_event(organizer)
    theirs = book(customer, other)["tickets"][0]["code"]
    assert scan(organizer, event, code, nonce="n1").status_code == 201
    assert scan(organizer, other, theirs, nonce="n1").status_code == 201


def test_a_scan_may_be_older_than_its_arrival_and_hardly_newer(organizer, event, booking, clock):
    first, second = (ticket["code"] for ticket in booking["tickets"])
    early = rfc3339(clock() - timedelta(hours=1))
    assert scan(organizer, event, first, scanned_at=early).json["checked_in_at"] == early
    ahead = clock() + timedelta(minutes=5)
    late = scan(organizer, event, second, scanned_at=rfc3339(ahead + timedelta(seconds=1)))
    assert "scanned_at" in assert_problem(late, 422, "validation_failed")["errors"]
    assert scan(organizer, event, second, scanned_at=rfc3339(ahead)).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": ""},
        {"code": "a" * 2000},
        {"code": "a\u0000b"},
        {"code": 7},
        {"ticket_id": "x"},
        {"code": "a", "ticket_id": "0" * 24},
        {"code": "a", "scanned_at": "yesterday"},
        {"code": "a", "nonce": "n" * 101},
        {"code": "a", "device": "d" * 101},
        {"code": "a", "device": ""},
        {"code": "a", "list": 1},
        {"code": "a", "other": 1},
    ],
)
def test_what_is_no_scan_is_refused_and_not_logged(organizer, event, body):
    assert_problem(scan(organizer, event, **body), 422, "validation_failed")
    assert log(organizer, event) == []


def test_an_undone_ticket_can_be_scanned_again_and_cancelled(app, organizer, customer, event, booking, code):
    ticket = booking["tickets"][0]
    scan(organizer, event, code)
    assert_problem(customer.post(f"/bookings/{booking['id']}/cancel"), 409, "already_checked_in")
    assert undo(organizer, event, ticket).status_code == 204
    assert undo(organizer, event, ticket).status_code == 204  # nothing to be done
    assert scan(organizer, event, code).status_code == 201
    assert undo(organizer, event, ticket).status_code == 204
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    assert not faults(app)


def test_undoing_is_of_one_list(organizer, customer):
    event = make_event(organizer, check_in_lists=["Friday", "Saturday"])
    ticket = book(customer, event)["tickets"][0]
    for name in ("Friday", "Saturday"):
        scan(organizer, event, ticket["code"], list=name)
    assert undo(organizer, event, ticket, "Saturday").status_code == 204
    assert_problem(scan(organizer, event, ticket["code"]), 409, "already_checked_in")
    assert scan(organizer, event, ticket["code"], list="Saturday").status_code == 201
    assert_problem(undo(organizer, event, ticket, "Sunday"), 422, "validation_failed")
    assert_problem(undo(organizer, event, {"id": str(ObjectId())}), 404, "ticket_not_found")
    assert_problem(undo(organizer, make_event(organizer), ticket), 404, "ticket_not_found")


def test_the_log_has_every_scan_the_latest_first(app, as_role, organizer, event, booking, code, clock):
    scanner = as_role("customer", name="Sam")
    organizer.call("PUT", f"/events/{event['id']}/staff", {"email": scanner.user["email"], "role": "scanner"})
    scan(scanner, event, code, device="North")
    clock.advance(seconds=1)
    scan(organizer, event, code)
    clock.advance(seconds=1)
    scan(scanner, event, "nobody's")
    clock.advance(seconds=1)
    undo(organizer, event, booking["tickets"][0])
    rows = log(scanner, event)
    seen = [(row["outcome"], row["code"], row["by"]["name"], row["device"]) for row in rows]
    assert seen == [
        ("refused", "ticket_not_found", "Sam", None),
        ("conflict", None, organizer.user["name"], None),
        ("created", None, "Sam", "North"),
    ]
    assert rows[2]["undone_by"]["name"] == organizer.user["name"] and rows[2]["undone_at"] == rfc3339(clock())
    assert [row["id"] for row in log(scanner, event, "?limit=1")] == [rows[0]["id"]]


def test_a_key_of_a_device_scans_and_is_named_in_the_log(app, organizer, event, code):
    made = organizer.post("/api-keys", {"name": "Gate", "scopes": ["check-ins"], "event_id": event["id"]}).json
    device = Api(app.test_client(), made["key"])
    assert scan(device, event, code).status_code == 201
    assert log(device, event)[0]["key_id"] == made["id"]


def test_no_code_is_kept_with_the_scans(app, organizer, event, code):
    scan(organizer, event, code)
    scan(organizer, event, f"{code}x")
    rows = list(services_of(app)[ScanStore].collection.find({}))
    assert len(rows) == 2 and code not in repr(rows)


def test_the_feed_tells_who_came_in_without_a_name(organizer, event, booking, code):
    scan(organizer, event, code)
    undo(organizer, event, booking["tickets"][0])
    changes = organizer.get(f"/events/{event['id']}/changes").json["items"][-2:]
    assert [each["type"] for each in changes] == ["ticket.checked_in", "ticket.check_in_undone"]
    told = changes[0]["data"]
    assert told["actor"] == {"type": "user", "id": organizer.user["id"]}
    assert told["ticket"]["id"] == booking["tickets"][0]["id"] and told["ticket"]["list"] == "main"


def test_scans_are_counted_by_what_has_become_of_them(app, organizer, event, code):
    def counted(outcome):
        lines = app.test_client().get("/metrics").text.splitlines()
        name = f'check_in_scans_total{{outcome="{outcome}"}} '
        return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)

    before = {name: counted(name) for name in ("created", "replayed", "duplicate", "ticket_not_found")}
    scan(organizer, event, code, nonce="n1")
    scan(organizer, event, code, nonce="n1")
    scan(organizer, event, code)
    scan(organizer, event, "nobody's")
    assert {name: counted(name) - before[name] for name in before} == dict.fromkeys(before, 1)
