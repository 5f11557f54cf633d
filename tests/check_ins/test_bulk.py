"""The scans of devices that had no network."""

from datetime import timedelta

import pytest

from booking_api.clock import rfc3339

from ..asserting import assert_problem
from ..builders import book
from .door import bulk, faults, log, scan


@pytest.fixture
def tickets(customer, event):
    """Three tickets."""
    return book(customer, event, 3)["tickets"]


def test_each_scan_succeeds_or_fails_alone_and_in_order(app, organizer, event, tickets, clock):
    early, ahead = rfc3339(clock() - timedelta(minutes=9)), rfc3339(clock() + timedelta(minutes=6))
    first, second, third = (ticket["code"] for ticket in tickets)
    results = bulk(
        organizer,
        event,
        {"code": first, "scanned_at": early, "nonce": "a"},
        {"code": "nobody's"},
        {"code": second, "scanned_at": ahead},
        {"code": second, "list": "none"},
        {"code": first, "nonce": "a"},
        {"code": first},
        {"code": third, "nonce": "a"},
        {"code": third},
    )
    assert results == [
        {"result": "created", "checked_in_at": early},
        {"result": "refused", "code": "ticket_not_found"},
        {"result": "refused", "code": "validation_failed"},
        {"result": "refused", "code": "validation_failed"},
        {"result": "replayed", "checked_in_at": early},
        {"result": "duplicate", "checked_in_at": early},
        {"result": "refused", "code": "nonce_reused"},
        {"result": "created", "checked_in_at": rfc3339(clock())},
    ]
    assert not faults(app)


def test_the_earlier_scan_of_two_devices_counts_and_both_are_logged(app, organizer, event, tickets, clock):
    code = tickets[0]["code"]
    early, late = rfc3339(clock() - timedelta(minutes=9)), rfc3339(clock() - timedelta(minutes=5))
    assert bulk(organizer, event, {"code": code, "scanned_at": late, "device": "South"})[0]["result"] == "created"
    results = bulk(organizer, event, {"code": code, "scanned_at": early, "device": "North", "nonce": "n"})
    assert results == [{"result": "conflict", "checked_in_at": early}]
    assert bulk(organizer, event, {"code": code, "scanned_at": early, "device": "North", "nonce": "n"}) == results
    later = bulk(organizer, event, {"code": code, "scanned_at": late, "device": "South"})
    assert later == [{"result": "conflict", "checked_in_at": early}]
    answer = assert_problem(scan(organizer, event, code), 409, "already_checked_in")
    assert answer["checked_in_at"] == early
    assert [row["outcome"] for row in reversed(log(organizer, event))] == ["created", *["conflict"] * 3]
    assert not faults(app)


def test_a_file_that_overtakes_itself_has_each_ticket_once(app, organizer, event, tickets, clock):
    code = tickets[0]["code"]
    at = [rfc3339(clock() - timedelta(minutes=minutes)) for minutes in (3, 2, 1)]
    scans = [{"code": code, "scanned_at": each, "device": name} for each, name in zip(reversed(at), "ABC", strict=True)]
    results = bulk(organizer, event, *scans)
    assert [each["result"] for each in results] == ["created", "conflict", "conflict"]
    assert results[-1]["checked_in_at"] == at[0]
    assert not faults(app)


def test_more_scans_than_a_file_takes_are_refused_as_a_whole(organizer, event, tickets):
    for count in (0, 501):
        body = {"check_ins": [{"code": tickets[0]["code"]}] * count}
        answer = organizer.post(f"/events/{event['id']}/check-ins/bulk", body)
        assert_problem(answer, 422, "validation_failed")
    assert log(organizer, event) == []


def test_a_file_of_500_is_taken(app, organizer, event, tickets):
    results = bulk(organizer, event, *[{"code": tickets[number % 3]["code"]} for number in range(500)])
    assert [each["result"] for each in results].count("created") == 3
    assert [each["result"] for each in results].count("duplicate") == 497
    assert not faults(app)


def test_an_entry_of_the_wrong_shape_is_named(organizer, event):
    body = {"check_ins": [{"code": "a"}, {"code": "a", "ticket_id": "0" * 24}]}
    answer = organizer.post(f"/events/{event['id']}/check-ins/bulk", body)
    assert "check_ins.1" in assert_problem(answer, 422, "validation_failed")["errors"]
