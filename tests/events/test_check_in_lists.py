"""The check-in lists of an event."""

import pytest
from bson import ObjectId

from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import book, event_fields, make_event

TWENTY = [f"Day {number}" for number in range(20)]


def lists_of(api, event):
    """The lists as everybody sees them."""
    return api.get(f"/events/{event['id']}").json["check_in_lists"]


def change(organizer, event, lists):
    """Name other lists."""
    return organizer.patch(f"/events/{event['id']}", {"check_in_lists": lists})


def scan(organizer, event, ticket, **fields):
    """Let a guest in."""
    answer = organizer.post(f"/events/{event['id']}/check-ins", {"code": ticket["code"]} | fields)
    assert answer.status_code == 201, answer.json


def test_an_event_has_one_list_unless_it_says_otherwise(client, organizer, event):
    assert event["check_in_lists"] == lists_of(client, event) == ["main"]
    two = make_event(organizer, check_in_lists=["Saturday", "Friday"])
    assert two["check_in_lists"] == lists_of(client, two) == ["Saturday", "Friday"]


@pytest.mark.parametrize("lists", [["Friday"], TWENTY, [" Fête \u2603 "], ["x" * 50], ["a", "A"]])
def test_lists_are_named_by_their_organizer(client, organizer, event, lists):
    answer = change(organizer, event, lists)
    assert answer.status_code == 200, answer.json
    assert lists_of(client, event) == answer.json["check_in_lists"] == [name.strip() for name in lists]


@pytest.mark.parametrize(
    "lists",
    [
        None,
        [],
        "main",
        {},
        [*TWENTY, "Day 20"],
        ["a", "a"],
        ["a", " a "],
        [""],
        ["  "],
        ["x" * 51],
        ["a\x00"],
        ["a\nb"],
        [None],
        [1],
        [["a"]],
        ["x"] * 100_000,
    ],
)
def test_what_is_no_list_of_lists_is_refused(client, organizer, event, lists):
    problem = assert_problem(change(organizer, event, lists), 422, "validation_failed")
    assert {field.partition(".")[0] for field in problem["errors"]} == {"check_in_lists"}
    answer = organizer.post("/events", event_fields(check_in_lists=lists))
    assert_problem(answer, 422, "validation_failed")
    assert lists_of(client, event) == ["main"]


def test_a_list_that_was_used_stays_even_if_all_was_undone(client, organizer, customer, event):
    change(organizer, event, ["Friday", "Saturday", "Sunday"])
    (ticket,) = book(customer, event)["tickets"]
    scan(organizer, event, ticket, list="Saturday")
    problem = assert_problem(change(organizer, event, ["Friday", "Sunday"]), 409, "list_in_use")
    assert "'Saturday'" in problem["detail"]
    assert lists_of(client, event) == ["Friday", "Saturday", "Sunday"]
    organizer.delete(f"/events/{event['id']}/check-ins/{ticket['id']}", query_string={"list": "Saturday"})
    assert_problem(change(organizer, event, ["main"]), 409, "list_in_use")
    assert change(organizer, event, ["Saturday", "Monday"]).status_code == 200
    assert lists_of(client, event) == ["Saturday", "Monday"]


def test_the_default_list_is_kept_too_once_it_was_used(organizer, customer, event):
    assert change(organizer, event, ["Friday"]).status_code == 200
    assert change(organizer, event, ["main"]).status_code == 200
    scan(organizer, event, book(customer, event)["tickets"][0])
    assert_problem(change(organizer, event, ["Friday"]), 409, "list_in_use")
    assert change(organizer, event, ["Friday", "main"]).status_code == 200


def test_a_scan_that_was_refused_uses_no_list(organizer, event):
    answer = organizer.post(f"/events/{event['id']}/check-ins", {"code": "x" * 22})
    assert answer.status_code == 404
    assert change(organizer, event, ["Friday"]).status_code == 200


def test_other_changes_do_not_touch_the_lists(client, organizer, event):
    change(organizer, event, ["Friday", "Saturday"])
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night"})
    assert lists_of(client, event) == ["Friday", "Saturday"]


def test_a_change_is_in_the_history(organizer, event):
    change(organizer, event, ["Friday", "Saturday"])
    row = organizer.get(f"/events/{event['id']}/history").json["items"][0]
    assert (row["action"], row["before"], row["after"]) == (
        "event.updated",
        {"check_in_lists": ["main"]},
        {"check_in_lists": ["Friday", "Saturday"]},
    )
    change(organizer, event, ["Friday", "Saturday"])
    assert organizer.get(f"/events/{event['id']}/history").json["items"][0] == row


def test_guests_hear_nothing_of_lists(app, organizer, customer, event, outgoing):
    book(customer, event)
    run_jobs(app)
    outgoing.messages.clear()
    change(organizer, event, ["Friday", "Saturday"])
    run_jobs(app)
    assert outgoing.messages == []


def test_an_event_and_a_booking_from_before_have_a_door(app, client, organizer, customer, event):
    services = services_of(app)
    events = services[EventStore].collection
    booked = book(customer, event)
    events.update_one({"_id": ObjectId(event["id"])}, {"$unset": {"check_in_lists": "", "used_lists": ""}})
    before = client.get(f"/events/{event['id']}")
    assert before.json["check_in_lists"] == ["main"]
    scan(organizer, event, booked["tickets"][0])
    stored = events.find_one({"_id": ObjectId(event["id"])})
    assert stored["used_lists"] == ["main"] and "check_in_lists" not in stored
    assert_problem(change(organizer, event, ["Friday"]), 409, "list_in_use")
    assert change(organizer, event, ["main", "Friday"]).status_code == 200
    row = organizer.get(f"/events/{event['id']}/history").json["items"][0]
    assert row["before"] == {"check_in_lists": ["main"]}
