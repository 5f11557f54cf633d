"""The scans of a device that had no network, sent in one file."""

import pytest
from bson import ObjectId

from booking_api.check_ins import service

from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .doors import AT, Door

BEFORE, LATER = "2030-01-01T11:00:00Z", "2030-01-01T11:10:00Z"


def results_of(found):
    """What became of scans, without the times."""
    return [each.get("code") or each["result"] for each in found]


def test_each_scan_has_a_result_in_the_order_of_the_file(door, gate, customer, organizer, event, booking):
    first, second, third = booking["tickets"]
    (cancelled,) = book(customer, event)["tickets"]
    given = book(customer, event)
    (held,) = hold(customer, event)["tickets"]
    (elsewhere,) = book(customer, make_event(organizer))["tickets"]
    customer.post(f"/bookings/{given['id']}/tickets/{given['tickets'][0]['id']}/transfer", {
        "name": "Zoe", "email": "zoe@example.com",
    })  # fmt: skip
    others = customer.get("/bookings").json["items"]
    theirs = next(each for each in others if each["tickets"][0]["id"] == cancelled["id"])
    customer.post(f"/bookings/{theirs['id']}/cancel")
    gate.scan(second, device="South")
    door.scan(third, nonce="n3", device="North")
    found = door.bulk(
        {"code": first["code"], "device": "North", "scanned_at": BEFORE},
        {"code": first["code"], "device": "North", "scanned_at": LATER},
        {"ticket_id": second["id"], "device": "North"},
        {"code": third["code"], "device": "North", "nonce": "n3"},
        {"code": third["code"], "device": "North", "nonce": "n4"},
        {"code": cancelled["code"]},
        {"code": given["tickets"][0]["code"]},
        {"code": held["code"]},
        {"code": elsewhere["code"]},
        {"code": "x" * 22},
        {"ticket_id": str(ObjectId())},
        {"code": booking["tickets"][1]["code"], "nonce": "n3"},
        {"code": first["code"], "list": "Monday"},
    )
    assert found == [
        {"result": "created", "checked_in_at": BEFORE},
        {"result": "duplicate", "checked_in_at": BEFORE},
        {"result": "conflict", "checked_in_at": AT},
        {"result": "replayed", "checked_in_at": AT},
        {"result": "duplicate", "checked_in_at": AT},
        *({"result": "refused", "code": code} for code in (
            "ticket_cancelled", "ticket_revoked", "ticket_held", "ticket_not_found", "ticket_not_found",
            "ticket_not_found", "nonce_reused", "validation_failed",
        )),
    ]  # fmt: skip
    assert len(door.log(limit=100)) == 2 + 13 - 1  # what was replayed is there already


def test_a_file_sent_twice_lets_nobody_in_twice(door, booking, scans):
    file = [{"code": ticket["code"], "nonce": f"n{n}"} for n, ticket in enumerate(booking["tickets"])]
    file.append({"code": "x" * 22, "nonce": "n9"})
    first, again = door.bulk(*file), door.bulk(*file)
    assert results_of(first) == [*["created"] * 3, "ticket_not_found"]
    assert results_of(again) == [*["replayed"] * 3, "ticket_not_found"]
    assert [each.get("checked_in_at") for each in again] == [each.get("checked_in_at") for each in first]
    assert scans.count_documents({}) == 4
    without = [{"code": ticket["code"]} for ticket in booking["tickets"]]
    assert results_of(door.bulk(*without)) == ["duplicate"] * 3


def test_the_same_nonce_twice_in_one_file_is_one_scan(door, booking):
    first, second, _ = booking["tickets"]
    scan = {"code": first["code"], "nonce": "n1"}
    assert results_of(door.bulk(scan, scan, {"code": second["code"], "nonce": "n1"}, scan)) == [
        "created",
        "replayed",
        "nonce_reused",
        "replayed",
    ]


def test_of_the_files_of_two_devices_the_earlier_scan_of_each_ticket_counts(door, gate, booking, bookings, scans):
    first, second, third = booking["tickets"]
    door.bulk({"code": first["code"], "scanned_at": BEFORE}, {"code": second["code"], "scanned_at": LATER})
    found = gate.bulk(
        {"code": first["code"], "scanned_at": LATER},
        {"code": second["code"], "scanned_at": BEFORE},
        {"code": third["code"], "scanned_at": LATER},
    )
    assert found == [
        {"result": "conflict", "checked_in_at": BEFORE},
        {"result": "conflict", "checked_in_at": BEFORE},
        {"result": "created", "checked_in_at": LATER},
    ]
    times = [ticket["checked_in_at"].isoformat()[11:16] for ticket in bookings.find_one({})["tickets"]]
    assert times == ["11:00", "11:00", "11:10"]
    assert scans.count_documents({}) == 5
    assert scans.count_documents({"holds": True}) == 3


def test_a_device_that_was_earlier_holds_the_ticket_from_then_on(door, gate, ticket):
    door.bulk({"code": ticket["code"], "scanned_at": LATER})
    scan = {"code": ticket["code"], "scanned_at": BEFORE, "nonce": "n1"}
    again = {"code": ticket["code"], "scanned_at": BEFORE}
    assert [each["result"] for each in gate.bulk(scan, again, scan)] == ["conflict", "duplicate", "conflict"]
    assert door.bulk({"code": ticket["code"]}) == [{"result": "conflict", "checked_in_at": BEFORE}]


def test_a_clock_that_is_ahead_fails_alone_and_can_be_mended(door, booking):
    first, second, third = booking["tickets"]
    ahead = {"code": second["code"], "nonce": "n2", "scanned_at": "2030-01-01T12:05:01Z"}
    found = door.bulk({"code": first["code"]}, ahead, {"code": third["code"]})
    assert results_of(found) == ["created", "validation_failed", "created"]
    assert results_of(door.bulk(ahead | {"scanned_at": AT})) == ["created"]


@pytest.mark.parametrize("count", [49, 50, 51, 500])
def test_as_many_as_500_scans_are_applied_in_their_order(door, booking, count):
    first, second, _ = booking["tickets"]
    filler = [{"code": "x" * 22}] * (count - 3)
    found = door.bulk({"code": first["code"]}, *filler, {"code": first["code"]}, {"code": second["code"]})
    assert results_of(found) == ["created", *["ticket_not_found"] * (count - 3), "duplicate", "created"]


@pytest.mark.parametrize("count", [0, 501])
def test_a_file_of_none_or_too_many_is_refused_as_a_whole(door, ticket, count):
    answer = door.api.post(f"{door.path}/bulk", {"check_ins": [{"code": ticket["code"]}] * count})
    assert assert_problem(answer, 422, "validation_failed")["errors"].keys() == {"check_ins"}
    assert door.log() == []


def test_a_scan_that_is_none_is_named_by_its_number_and_nothing_is_applied(door, ticket):
    scan = {"code": ticket["code"]}
    for wrong, field in (({}, "_schema"), ({"code": 7}, "code"), (scan | {"scanned_at": "noon"}, "scanned_at")):
        answer = door.api.post(f"{door.path}/bulk", {"check_ins": [scan, wrong]})
        (named,) = assert_problem(answer, 422, "validation_failed")["errors"]
        assert named.startswith("check_ins.1") and (field == "_schema" or named.endswith(field))
    assert door.log() == []


def test_a_file_that_is_cut_in_the_middle_is_finished_by_sending_it_again(door, booking, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 2)
    file = [{"code": ticket["code"], "nonce": f"n{n}"} for n, ticket in enumerate(booking["tickets"])]
    door.bulk(*file[:2])
    assert results_of(door.bulk(*file)) == ["replayed", "replayed", "created"]


def test_files_of_an_event_that_does_not_exist_or_is_cancelled(door, organizer, event, ticket):
    nowhere = Door(organizer, {"id": str(ObjectId())})
    body = {"check_ins": [{"code": ticket["code"]}]}
    assert_problem(organizer.post(f"{nowhere.path}/bulk", body), 404, "event_not_found")
    organizer.post(f"/events/{event['id']}/cancel")
    assert results_of(door.bulk({"code": ticket["code"]}, {"code": "x"})) == ["ticket_cancelled", "ticket_not_found"]
