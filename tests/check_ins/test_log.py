"""The log of scans."""

import pytest

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from .doors import AT, key_of, scanner_of


def test_it_has_every_scan_the_latest_first_refused_ones_too(door, ticket, clock):
    for _ in range(2):
        door.scan(ticket, device="North")
        clock.advance(seconds=1)
    door.scan("x" * 22)
    entries = door.log()
    assert [(each["outcome"], each["code"]) for each in entries] == [
        ("refused", "ticket_not_found"),
        ("duplicate", None),
        ("created", None),
    ]
    assert [each["at"] for each in entries] == ["2030-01-01T12:00:02Z", "2030-01-01T12:00:01Z", AT]
    assert entries[2] == {
        "id": entries[2]["id"],
        "at": AT,
        "scanned_at": AT,
        "list": "main",
        "outcome": "created",
        "code": None,
        "ticket_id": ticket["id"],
        "ticket_type": None,
        "by": {"id": door.api.user["id"], "name": door.api.user["name"]},
        "key_id": None,
        "device": "North",
        "undone_at": None,
        "undone_by": None,
    }
    assert (entries[0]["ticket_id"], entries[0]["ticket_type"]) == (None, None)


def test_it_names_who_has_scanned_by_their_present_name(app, door, organizer, event, booking):
    cem = scanner_of(app, organizer, event, name="Cem")
    key_id, gate = key_of(app, organizer, event)
    cem.scan(booking["tickets"][0]), gate.scan(booking["tickets"][1])
    cem.api.patch("/users/me", {"name": "Cem Kaya"})
    by_key, by_cem = door.log()
    assert by_cem["by"] == {"id": cem.api.user["id"], "name": "Cem Kaya"} and by_cem["key_id"] is None
    assert by_key["by"]["name"] == organizer.user["name"] and by_key["key_id"] == key_id
    services_of(app)[UserStore].collection.delete_one({"name": "Cem Kaya"})
    assert door.log()[1]["by"] == {"id": cem.api.user["id"], "name": None}


def test_what_was_undone_says_when_and_by_whom(door, scanner, ticket, clock):
    door.scan(ticket)
    clock.advance(minutes=1)
    scanner.undo(ticket)
    clock.advance(minutes=1)
    scanner.undo(ticket)  # nothing happens
    (entry,) = door.log()
    assert (entry["outcome"], entry["undone_at"]) == ("created", "2030-01-01T12:01:00Z")
    assert entry["undone_by"] == {"id": scanner.api.user["id"], "name": scanner.api.user["name"]}
    door.scan(ticket)
    again, first = door.log()
    assert (again["undone_at"], again["undone_by"]) == (None, None) and first == entry


def test_it_is_read_page_by_page(door, booking, clock):
    for ticket in booking["tickets"] * 2:
        door.scan(ticket)
    whole = door.log()
    paged, cursor = [], {}
    for _ in range(3):
        page = door.api.get(door.path, query_string={"limit": 2, **cursor}).json
        paged += page["items"]
        cursor = {"cursor": page["next_cursor"]}
    assert paged == whole and len(whole) == 6
    assert cursor == {"cursor": None}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": "x"}, {"cursor": "x"}, {"list": "main"}, {"q": "a"}])
def test_what_it_cannot_be_asked_for_is_refused(door, query):
    assert_problem(door.api.get(door.path, query_string=query), 422, "validation_failed")


def test_scans_of_a_list_that_does_not_exist_are_logged_under_that_name(door, ticket):
    door.scan(ticket, list="Monday")
    (entry,) = door.log()
    assert (entry["list"], entry["outcome"], entry["code"]) == ("Monday", "refused", "validation_failed")
    assert entry["ticket_id"] == ticket["id"]
