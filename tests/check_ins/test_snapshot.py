"""What scanners take along to where there is no network, and what has changed since."""

import hashlib

import pytest
from bson import ObjectId

from booking_api.accounts.store import UserStore
from booking_api.check_ins import snapshot
from booking_api.events.change_store import ChangeStore
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .doors import AT, Door

ZOE = {"name": "Zoe", "email": "zoe@example.com"}


def digest(ticket):
    """What a scanner compares."""
    return hashlib.sha256(ticket["code"].encode()).hexdigest()


def ids_of(tickets):
    """The ids of tickets of a booking, or of items of a snapshot."""
    return {each.get("ticket_id") or each["id"] for each in tickets}


@pytest.fixture
def others(customer, event):
    """A booking in which nothing happens."""
    return book(customer, event)


@pytest.fixture
def since(door, booking, others, clock):
    """Asks for what has changed since all tickets of the two bookings were taken along."""
    cursor = door.snapshot()["cursor"]
    clock.advance(hours=1)  # the margin of clocks has passed since the bookings
    return lambda **query: door.snapshot(since=cursor, **query)["items"]


def test_it_has_every_ticket_by_the_hash_of_its_code(door, customer, booking, event, ticket):
    (held,) = hold(customer, event)["tickets"]
    second, third = booking["tickets"][1:]
    door.scan(ticket)
    customer.patch(f"/bookings/{booking['id']}/tickets/{second['id']}", {"attendee_name": "Zoë"})
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [third["id"]]})
    items = door.snapshot()["items"]
    shown = [
        (ticket, customer.user["name"], "valid", AT),
        (second, "Zoë", "valid", None),
        (third, customer.user["name"], "cancelled", None),
        (held, customer.user["name"], "held", None),
    ]
    assert items == [
        {
            "code_sha256": digest(of),
            "ticket_id": of["id"],
            "ticket_type": None,
            "attendee_name": name,
            "status": status,
            "checked_in_at": checked_in_at,
        }
        for of, name, status, checked_in_at in shown
    ]


def test_it_has_no_code_and_nothing_of_other_events(door, customer, organizer, booking, event):
    (other,) = book(customer, make_event(organizer))["tickets"]
    answer = door.api.get(f"{door.path}/snapshot")
    assert answer.mimetype == "application/json"
    assert [each["code"] for each in (*booking["tickets"], other) if each["code"] in answer.text] == []
    assert other["id"] not in answer.text and customer.user["email"] not in answer.text
    assert ids_of(answer.json["items"]) == ids_of(booking["tickets"])


def test_it_is_of_one_list_and_of_the_first_if_none_is_named(door, organizer, event, booking):
    first, second, _ = booking["tickets"]
    organizer.patch(f"/events/{event['id']}", {"check_in_lists": ["Friday", "Saturday"]})
    door.scan(first), door.scan(second, list="Saturday")

    def inside(**query):
        return ids_of(item for item in door.snapshot(**query)["items"] if item["checked_in_at"])

    assert inside() == inside(list="Friday") == {first["id"]}
    assert inside(list="Saturday") == {second["id"]}


def test_all_bookings_come_in_whatever_pages(door, customer, event, booking, others, monkeypatch):
    monkeypatch.setattr(snapshot, "PAGE", 1)
    made = [*booking["tickets"], *others["tickets"], *book(customer, event)["tickets"]]
    items = door.snapshot()["items"]
    assert [item["code_sha256"] for item in items] == [digest(each) for each in made]


def test_bookings_that_have_expired_are_left_out(app, door, customer, event, clock, booking):
    held = hold(customer, event)
    cursor = door.snapshot()["cursor"]
    clock.advance(hours=1)
    run_jobs(app)
    assert ids_of(door.snapshot()["items"]) == ids_of(booking["tickets"])
    (item,) = door.snapshot(since=cursor)["items"]
    assert (item["ticket_id"], item["status"]) == (held["tickets"][0]["id"], "cancelled")


def test_nothing_has_changed_since(since, door):
    assert since() == []
    cursor = door.snapshot()["cursor"]
    assert door.snapshot(since=cursor)["items"] == []


def test_what_was_refused_is_no_change(since, door, customer, event):
    door.scan("x" * 22)
    assert since() == []


def test_a_scan_and_its_undo_are_changes(since, door, ticket):
    door.scan(ticket)
    item = next(each for each in since() if each["ticket_id"] == ticket["id"])
    assert item["checked_in_at"] == "2030-01-01T13:00:00Z"
    door.undo(ticket)
    items = [each for each in since() if each["ticket_id"] == ticket["id"]]
    assert [each["checked_in_at"] for each in items] == [None]


@pytest.mark.parametrize("how", ["ticket", "booking", "staff", "event"])
def test_a_cancel_is_a_change(app, since, customer, organizer, event, booking, ticket, how):
    own = f"/bookings/{booking['id']}/cancel"
    {
        "ticket": lambda: customer.post(own, {"ticket_ids": [ticket["id"]]}),
        "booking": lambda: customer.post(own),
        "staff": lambda: organizer.post(f"/events/{event['id']}{own}"),
        "event": lambda: organizer.post(f"/events/{event['id']}/cancel"),
    }[how]()
    run_jobs(app)
    states = {each["ticket_id"]: each["status"] for each in since()}
    expected = ["cancelled", *(["valid"] * 2 if how == "ticket" else ["cancelled"] * 2)]
    assert [states[each["id"]] for each in booking["tickets"]] == expected
    assert len(states) == (4 if how == "event" else 3)


def test_while_the_bookings_of_a_cancelled_event_are_being_cancelled_none_is_valid(app, door, booking, event):
    events = services_of(app)[EventStore].collection
    events.update_one({"_id": ObjectId(event["id"])}, {"$set": {"status": "cancelled"}})
    assert [each["status"] for each in door.snapshot()["items"]] == ["cancelled"] * 3


def test_given_away_a_ticket_has_another_hash(since, customer, booking, ticket, bookings):
    customer.post(f"/bookings/{booking['id']}/tickets/{ticket['id']}/transfer", ZOE)
    item = next(each for each in since() if each["ticket_id"] == ticket["id"])
    assert item["attendee_name"] == "Zoe"
    assert item["code_sha256"] == digest(bookings.find_one({})["tickets"][0]) != digest(ticket)


def test_a_name_is_a_change(since, customer, booking, ticket):
    customer.patch(f"/bookings/{booking['id']}/tickets/{ticket['id']}", {"attendee_name": "Zoë"})
    assert {each["ticket_id"]: each["attendee_name"] for each in since()}[ticket["id"]] == "Zoë"
    assert ids_of(since()) == ids_of(booking["tickets"])


def test_new_bookings_and_holds_that_are_confirmed_are_changes(since, door, customer, event):
    held = hold(customer, event)
    assert [(each["ticket_id"], each["status"]) for each in since()] == [(held["tickets"][0]["id"], "held")]
    cursor = door.snapshot()["cursor"]
    customer.post(f"/bookings/{held['id']}/confirm")
    assert [each["status"] for each in door.snapshot(since=cursor)["items"]] == ["valid"]
    new = book(customer, event, 2)
    assert ids_of(since()) == ids_of([*held["tickets"], *new["tickets"]])


def test_what_happens_elsewhere_is_no_change(since, customer, organizer, event):
    Door(organizer, make_event(organizer))
    elsewhere = make_event(organizer)
    book(customer, elsewhere)
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night"})
    assert since() == []


def test_changes_come_from_whatever_pages(since, door, customer, event, booking, others, monkeypatch):
    monkeypatch.setattr(snapshot, "PAGE", 1)
    for each in (*booking["tickets"], *others["tickets"]):
        door.scan(each)
    customer.patch(f"/bookings/{booking['id']}/tickets/{booking['tickets'][0]['id']}", {"attendee_name": "Zoë"})
    latest = {each["ticket_id"]: each for each in since()}
    assert latest.keys() == ids_of([*booking["tickets"], *others["tickets"]])
    assert all(each["checked_in_at"] for each in latest.values())


def test_a_cursor_older_than_the_changes_that_are_kept_brings_all_tickets(app, since, door, booking, others):
    door.scan(others["tickets"][0]), door.scan(booking["tickets"][0])
    changes = services_of(app)[ChangeStore].collection
    changes.delete_many({"first": {"$lt": 5}})
    assert ids_of(since()) == ids_of([*booking["tickets"], *others["tickets"]])
    changes.delete_many({})
    assert ids_of(since()) == ids_of([*booking["tickets"], *others["tickets"]])


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "1", "1-", "-1-1", "1-1-1", "1_1", " 1 -1", "١-١", "1-999999999999999", "9" * 16 + "-1", "9-1", "a\x00"],
)
def test_what_is_no_cursor_of_the_event_is_refused(door, booking, cursor):
    answer = door.api.get(f"{door.path}/snapshot", query_string={"since": cursor})
    assert assert_problem(answer, 422, "validation_failed")["errors"].keys() == {"since"}


def test_the_first_cursor_there_can_be_brings_what_is_there(door, booking):
    assert ids_of(door.snapshot(since="0-0")["items"]) == ids_of(booking["tickets"])
    assert door.snapshot(since="2-0")["items"] == []


def test_only_so_many_are_made_at_once(door, booking, monkeypatch):
    monkeypatch.setattr(snapshot, "PATIENCE_SECONDS", 0.01)
    running = [door.api.client.open(
        f"/api/v1{door.path}/snapshot", headers={"Authorization": f"Bearer {door.api.token}"}, buffered=False
    ) for _ in range(snapshot.MOST_AT_ONCE)]  # fmt: skip
    busy = door.api.get(f"{door.path}/snapshot")
    assert_problem(busy, 503, "snapshots_busy")
    assert int(busy.headers["Retry-After"]) > 0
    for answer in running:
        answer.close()
    assert len(door.snapshot()["items"]) == 3


def test_somebody_whose_account_is_gone_has_no_name(app, door, booking, customer):
    services_of(app)[UserStore].collection.delete_one({"_id": ObjectId(customer.user["id"])})
    assert {each["attendee_name"] for each in door.snapshot()["items"]} == {None}
