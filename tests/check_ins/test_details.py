"""What else is said with a scan: the list, the device, when it was made, and a nonce to send it again."""

import pytest

from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .doors import AT, Door

BEFORE, AHEAD, TOO_FAR = "2030-01-01T11:30:00Z", "2030-01-01T12:05:00Z", "2030-01-01T12:05:00.001Z"


@pytest.fixture
def days(organizer, event):
    """Makes the event one of two days."""
    answer = organizer.patch(f"/events/{event['id']}", {"check_in_lists": ["Friday", "Saturday"]})
    assert answer.status_code == 200, answer.json


@pytest.mark.usefixtures("days")
def test_each_list_takes_a_ticket_once_and_the_first_is_meant_without_one(door, ticket, bookings, clock):
    assert door.scan(ticket).json["list"] == "Friday"
    assert_problem(door.scan(ticket, list="Friday"), 409, "already_checked_in")
    clock.advance(days=1)
    answer = door.scan(ticket, list="Saturday")
    assert (answer.status_code, answer.json["list"]) == (201, "Saturday")
    problem = assert_problem(door.scan(ticket, list="Saturday"), 409, "already_checked_in")
    assert problem["checked_in_at"] == "2030-01-02T12:00:00Z"
    assert bookings.find_one({})["tickets"][0]["checked_in_at"].isoformat() == "2030-01-01T12:00:00+00:00"


@pytest.mark.usefixtures("days")
@pytest.mark.parametrize("name", ["main", "friday", "Friday2", "x" * 50])
def test_a_list_that_the_event_has_not_is_refused_and_named(door, ticket, name):
    problem = assert_problem(door.scan(ticket, list=name), 422, "validation_failed")
    assert "'Friday'" in problem["errors"]["list"][0]
    assert_problem(door.undo(ticket, list=name), 422, "validation_failed")
    answer = door.api.get(f"{door.path}/snapshot", query_string={"list": name})
    assert_problem(answer, 422, "validation_failed")
    assert door.scan(ticket).status_code == 201


def test_devices_and_keys_are_told_apart(door, gate, ticket, bookings):
    first = door.bulk({"code": ticket["code"], "device": "North"}, {"code": ticket["code"], "device": "North"})
    others = door.bulk({"code": ticket["code"], "device": "South"}, {"code": ticket["code"]})
    by_key = gate.bulk({"code": ticket["code"], "device": "North"})
    results = [each["result"] for each in (*first, *others, *by_key)]
    assert results == ["created", "duplicate", "conflict", "conflict", "conflict"]


def test_the_name_of_a_device_is_stripped_and_bounded(door, booking):
    first, second, third = booking["tickets"]
    door.scan(first, device=" North gate ")
    assert door.scan(second, device="x" * 100).status_code == 201
    assert_problem(door.scan(third, device="x" * 101), 422, "validation_failed")
    assert [each["device"] for each in door.log()] == ["x" * 100, "North gate"]


def test_a_scan_sent_again_with_its_nonce_is_answered_as_before(door, ticket, clock, scans):
    first = door.scan(ticket, nonce="n1", device="North")
    clock.advance(minutes=3)
    again = door.scan(ticket, nonce="n1", device="North")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert scans.count_documents({}) == 1


@pytest.mark.parametrize("form", ["https://example.com/t/{code}", " {code}\n"])
def test_a_nonce_is_of_the_ticket_however_it_was_read(door, ticket, form):
    door.scan(ticket, nonce="n1")
    assert door.scan(form.format(code=ticket["code"]), nonce="n1").status_code == 200
    assert door.scan_id(ticket, nonce="n1").status_code == 200


def test_a_nonce_answers_as_before_whatever_has_happened_since(door, organizer, event, ticket):
    first = door.scan(ticket, nonce="n1")
    door.undo(ticket)
    assert door.scan(ticket, nonce="n1").status_code == 200
    assert door.scan(ticket, nonce="n2").status_code == 201
    organizer.post(f"/events/{event['id']}/cancel")
    again = door.scan(ticket, nonce="n1")
    assert (again.status_code, again.json) == (200, first.json)
    assert_problem(door.scan(ticket, nonce="n3"), 409, "ticket_cancelled")


@pytest.mark.usefixtures("days")
def test_a_scan_without_a_list_is_the_same_again_when_the_first_is_another_list(door, organizer, event, ticket):
    first = door.scan(ticket, nonce="n1")
    organizer.patch(f"/events/{event['id']}", {"check_in_lists": ["Saturday", "Friday"]})
    again = door.scan(ticket, nonce="n1")
    assert (again.status_code, again.json) == (200, first.json)


@pytest.mark.usefixtures("days")
def test_a_nonce_of_another_scan_is_refused(door, booking):
    ticket, other, _ = booking["tickets"]
    door.scan(ticket, nonce="n1")
    for answer in (
        door.scan(other, nonce="n1"),
        door.scan_id(other, nonce="n1"),
        door.scan("x" * 22, nonce="n1"),
        door.scan(ticket, nonce="n1", list="Saturday"),
    ):
        assert assert_problem(answer, 422, "nonce_reused")["errors"].keys() == {"nonce"}
    assert door.scan(other, nonce="n2").status_code == 201
    assert door.scan(ticket, nonce="n1", list="Friday").status_code == 200


def test_a_scan_that_was_refused_is_refused_again_though_the_ticket_is_good_by_now(door, customer, event):
    held = hold(customer, event)
    (ticket,) = held["tickets"]
    assert_problem(door.scan(ticket, nonce="n1"), 409, "ticket_held")
    customer.post(f"/bookings/{held['id']}/confirm")
    assert_problem(door.scan(ticket, nonce="n1"), 409, "ticket_held")
    assert door.scan(ticket, nonce="n2").status_code == 201
    assert len(door.log()) == 2


def test_who_was_late_hears_so_again(door, gate, ticket, clock):
    door.scan(ticket)
    clock.advance(minutes=1)
    problems = [assert_problem(gate.scan(ticket, nonce="n1"), 409, "already_checked_in") for _ in range(2)]
    assert [problem["checked_in_at"] for problem in problems] == [AT, AT]
    assert gate.bulk({"code": ticket["code"], "nonce": "n1"}) == [{"result": "conflict", "checked_in_at": AT}]
    door.undo(ticket)
    assert_problem(gate.scan(ticket, nonce="n1"), 409, "already_checked_in")


@pytest.mark.parametrize("wrong", [{"list": "Monday"}, {"scanned_at": TOO_FAR}])
def test_a_scan_that_has_to_be_mended_does_not_spend_its_nonce(door, ticket, wrong):
    assert_problem(door.scan(ticket, nonce="n1", **wrong), 422, "validation_failed")
    assert door.scan(ticket, nonce="n1").status_code == 201


def test_nonces_of_other_events_do_not_matter(door, organizer, customer, ticket):
    door.scan(ticket, nonce="n1")
    elsewhere = make_event(organizer)
    (other,) = book(customer, elsewhere)["tickets"]
    assert Door(organizer, elsewhere).scan(other, nonce="n1").status_code == 201


def test_the_time_of_a_scan_is_that_of_the_device(door, ticket):
    assert door.scan(ticket, scanned_at="2030-01-01T12:30:00+01:00").json["checked_in_at"] == BEFORE
    (entry,) = door.log()
    assert (entry["scanned_at"], entry["at"]) == (BEFORE, AT)


def test_a_clock_may_be_five_minutes_ahead_and_no_more(door, booking):
    ticket, other, _ = booking["tickets"]
    assert door.scan(ticket, scanned_at=AHEAD).json["checked_in_at"] == AHEAD
    problem = assert_problem(door.scan(other, scanned_at=TOO_FAR), 422, "validation_failed")
    assert problem["errors"].keys() == {"scanned_at"}
    assert door.log()[0]["code"] == "validation_failed"


def test_of_two_devices_the_earlier_scan_counts_and_both_stay_in_the_log(door, gate, ticket, bookings, scans):
    door.scan(ticket)
    assert_problem(gate.scan(ticket, scanned_at=BEFORE), 409, "already_checked_in")
    stored = bookings.find_one({})["tickets"][0]
    assert [each["at"].isoformat() for each in stored["check_ins"]] == ["2030-01-01T11:30:00+00:00"]
    assert stored["checked_in_at"] == stored["check_ins"][0]["at"]
    assert {each["outcome"]: each.get("holds") for each in scans.find({})} == {"created": None, "conflict": True}
    assert assert_problem(door.scan(ticket), 409, "already_checked_in")["checked_in_at"] == BEFORE
    door.undo(ticket)
    assert scans.count_documents({"holds": True}) == 0
    assert door.scan(ticket).status_code == 201


def test_a_clock_that_has_lost_its_time_is_earlier_than_no_other(door, gate, booking, bookings):
    first, second, _ = booking["tickets"]
    lost, early = "1970-01-01T00:07:00Z", "2027-01-03T12:00:00Z"
    assert door.scan(first, scanned_at=lost).json["checked_in_at"] == AT
    assert assert_problem(gate.scan(first), 409, "already_checked_in")["checked_in_at"] == AT
    door.bulk({"code": second["code"]})
    assert gate.bulk({"code": second["code"], "scanned_at": lost}) == [{"result": "conflict", "checked_in_at": AT}]
    assert gate.bulk({"code": second["code"], "scanned_at": early}) == [{"result": "conflict", "checked_in_at": early}]
    assert [each["checked_in_at"].year for each in bookings.find_one({})["tickets"][:2]] == [2030, 2027]
    assert [each["scanned_at"] for each in door.log()] == [early, AT, AT, AT, AT]


def test_undone_a_ticket_can_be_scanned_again(door, scanner, ticket, clock):
    door.scan(ticket)
    clock.advance(minutes=1)
    assert [scanner.undo(ticket).status_code for _ in range(2)] == [204, 204]
    assert scanner.undo(ticket, list="main").status_code == 204
    clock.advance(minutes=1)
    assert door.scan(ticket).json["checked_in_at"] == "2030-01-01T12:02:00Z"


@pytest.mark.usefixtures("days")
def test_undone_for_one_list_it_is_in_by_the_other(door, ticket):
    door.scan(ticket, list="Friday"), door.scan(ticket, list="Saturday")
    door.undo(ticket)
    assert_problem(door.scan(ticket, list="Saturday"), 409, "already_checked_in")
    assert door.scan(ticket, list="Friday").status_code == 201
    door.undo(ticket, list="Saturday")
    assert_problem(door.scan(ticket, list="Friday"), 409, "already_checked_in")


def test_a_scanned_ticket_is_cancelled_only_once_that_is_undone(door, customer, booking, ticket):
    door.scan(ticket)
    own = f"/bookings/{booking['id']}/cancel"
    for body in ({"ticket_ids": [ticket["id"]]}, {}):
        assert_problem(customer.post(own, body), 409, "already_checked_in")
    assert customer.post(own, {"ticket_ids": [booking["tickets"][1]["id"]]}).status_code == 200
    door.undo(ticket)
    assert customer.post(own, {"ticket_ids": [ticket["id"]]}).status_code == 200
    assert customer.post(own).status_code == 200


def test_an_event_that_is_cancelled_takes_its_scanned_tickets_along(door, organizer, event, ticket):
    door.scan(ticket)
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    assert door.undo(ticket).status_code == 204
    assert_problem(door.scan(ticket), 409, "ticket_cancelled")
