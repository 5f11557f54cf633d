"""What scanners without a network take along."""

import hashlib
from datetime import timedelta

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.events.change_store import ChangeStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .door import bulk, scan, snapshot, undo


@pytest.fixture
def booking(customer, event):
    """A booking of two tickets."""
    return book(customer, event, 2)


def digest(code):
    """What a device compares."""
    return hashlib.sha256(code.encode()).hexdigest()


def test_a_snapshot_has_all_tickets_and_no_code(organizer, customer, event, booking):
    held = hold(customer, event)
    gone = book(customer, event)
    customer.post(f"/bookings/{gone['id']}/cancel")
    scan(organizer, event, booking["tickets"][0]["code"])
    answer = organizer.get(f"/events/{event['id']}/check-ins/snapshot")
    items = {item["ticket_id"]: item for item in answer.json["items"]}
    first, second = booking["tickets"]
    assert items[first["id"]] == {
        "code_sha256": digest(first["code"]),
        "ticket_id": first["id"],
        "ticket_type": None,
        "attendee_name": customer.user["name"],
        "status": "valid",
        "checked_in_at": items[first["id"]]["checked_in_at"],
    }
    assert items[first["id"]]["checked_in_at"] and items[second["id"]]["checked_in_at"] is None
    assert items[held["tickets"][0]["id"]]["status"] == "held"
    assert items[gone["tickets"][0]["id"]]["status"] == "cancelled"
    assert len(items) == 4 and first["code"] not in answer.text


def test_since_has_only_what_has_changed(organizer, customer, event, booking, clock):
    first, second = booking["tickets"]
    other = book(customer, event)["tickets"][0]
    _, cursor = snapshot(organizer, event)
    clock.advance(minutes=10)
    assert snapshot(organizer, event, f"?since={cursor}")[0] == {}
    scan(organizer, event, first["code"])
    items, cursor = snapshot(organizer, event, f"?since={cursor}")
    assert items.keys() == {first["id"], second["id"]} and items[first["id"]]["checked_in_at"]
    undo(organizer, event, first)
    items, cursor = snapshot(organizer, event, f"?since={cursor}")
    assert items[first["id"]]["checked_in_at"] is None
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [first["id"]]})
    items, cursor = snapshot(organizer, event, f"?since={cursor}")
    assert items[first["id"]]["status"] == "cancelled" and other["id"] not in items


def test_a_new_code_and_a_new_name_are_in_the_next_snapshot(app, organizer, customer, event, booking, clock):
    first, second = booking["tickets"]
    _, cursor = snapshot(organizer, event)
    clock.advance(minutes=10)
    customer.patch(f"/bookings/{booking['id']}/tickets/{second['id']}", {"attendee_name": "Cora"})
    items, cursor = snapshot(organizer, event, f"?since={cursor}")
    assert items[second["id"]]["attendee_name"] == "Cora"
    clock.advance(minutes=10)
    _, cursor = snapshot(organizer, event, f"?since={cursor}")
    assert snapshot(organizer, event, f"?since={cursor}")[0] == {}
    body = {"name": "Zoe", "email": "zoe@example.com"}
    customer.post(f"/bookings/{booking['id']}/tickets/{first['id']}/transfer", body)
    items, _ = snapshot(organizer, event, f"?since={cursor}")
    new = services_of(app)[BookingStore].collection.find_one({})["tickets"][0]["code"]
    assert items[first["id"]]["code_sha256"] == digest(new) != digest(first["code"])
    assert items[first["id"]]["attendee_name"] == "Zoe"


def test_a_cancelled_event_lets_nobody_in_without_a_network_either(organizer, event, booking):
    _, cursor = snapshot(organizer, event)
    organizer.post(f"/events/{event['id']}/cancel")
    for query in ("", f"?since={cursor}"):
        items, _ = snapshot(organizer, event, query)
        assert {item["status"] for item in items.values()} == {"cancelled"} and len(items) == 2


def test_a_snapshot_is_of_one_list(organizer, customer):
    event = make_event(organizer, check_in_lists=["Friday", "Saturday"])
    ticket = book(customer, event)["tickets"][0]
    bulk(organizer, event, {"code": ticket["code"], "list": "Saturday"})
    assert snapshot(organizer, event)[0][ticket["id"]]["checked_in_at"] is None
    assert snapshot(organizer, event, "?list=Saturday")[0][ticket["id"]]["checked_in_at"]
    answer = organizer.get(f"/events/{event['id']}/check-ins/snapshot?list=Sunday")
    assert_problem(answer, 422, "validation_failed")


def test_a_cursor_from_before_what_is_kept_stands_for_none(app, organizer, customer, event, booking):
    _, cursor = snapshot(organizer, event)
    book(customer, event)
    book(customer, event)
    changes = services_of(app)[ChangeStore].collection
    changes.delete_many({"_id": {"$ne": changes.find_one(sort=[("last", -1)])["_id"]}})
    assert len(snapshot(organizer, event, f"?since={cursor}")[0]) == 4


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-1", "1e3-1", "999-1", "1-999999999999999", "1-1-1", "٣-1"])
def test_what_is_no_cursor_of_the_event_is_refused(organizer, event, booking, cursor):
    answer = organizer.get(f"/events/{event['id']}/check-ins/snapshot", query_string={"since": cursor})
    assert_problem(answer, 422, "validation_failed")


def test_an_event_without_bookings_has_an_empty_snapshot(organizer, event):
    items, cursor = snapshot(organizer, event)
    assert items == {} and snapshot(organizer, event, f"?since={cursor}")[0] == {}


def test_tickets_on_many_pages_are_there_once(organizer, customer, monkeypatch, clock):
    monkeypatch.setattr("booking_api.check_ins.snapshot.PAGE", 2)
    event = make_event(organizer, total_tickets=20)
    tickets = []
    for _ in range(7):
        clock.advance(seconds=1)
        tickets += book(customer, event, 2)["tickets"]
    answer = organizer.get(f"/events/{event['id']}/check-ins/snapshot")
    assert [item["ticket_id"] for item in answer.json["items"]] == [ticket["id"] for ticket in tickets]
    since = "1-" + str(int((clock() - timedelta(days=1)).timestamp() * 1000))
    items, _ = snapshot(organizer, event, f"?since={since}")
    assert items.keys() == {ticket["id"] for ticket in tickets}
