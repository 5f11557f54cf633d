"""What is no scan is refused with a clear answer, whatever it is."""

import pytest
from bson import ObjectId

from ..asserting import assert_problem

DEEP = {"a": {"b": [{"c": {}}] * 3}}
CODE = {"code": "x" * 22}
WRONG = [
    {},
    {"code": ""},
    {"code": "  \n "},
    {"code": None},
    {"code": 7},
    {"code": True},
    {"code": ["x"]},
    {"code": {"$ne": None}},
    {"code": "a\x00b"},
    {"code": "a\x1bb"},
    {"code": "x" * 501},
    {"code": "x" * 400_000},
    {"code": "x" * 22, "ticket_id": str(ObjectId())},
    {"ticket_id": None},
    {"ticket_id": "x"},
    {"ticket_id": str(ObjectId()).upper()},
    {"ticket_id": {"$oid": str(ObjectId())}},
    CODE | {"scanned_at": "2030-01-01"},
    CODE | {"scanned_at": "2030-01-01T12:00:00"},
    CODE | {"scanned_at": "1969-12-31T23:59:59Z"},
    CODE | {"scanned_at": "9999-12-31T23:59:59Z"},
    CODE | {"scanned_at": 1893499200},
    CODE | {"nonce": ""},
    CODE | {"nonce": 7},
    CODE | {"nonce": "x" * 101},
    CODE | {"nonce": "a\x00"},
    CODE | {"nonce": {"$gt": ""}},
    CODE | {"list": ""},
    CODE | {"list": 1},
    CODE | {"list": "x" * 51},
    CODE | {"list": "a\x00"},
    CODE | {"list": ["main"]},
    CODE | {"device": ""},
    CODE | {"device": "a\nb"},
    CODE | {"device": "x" * 101},
    CODE | {"device": DEEP},
    CODE | {"event_id": str(ObjectId())},
    CODE | {"outcome": "created"},
    CODE | {f"field{n}": n for n in range(1000)},
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_what_is_no_scan_is_refused_alone_and_in_a_file(door, body):
    assert_problem(door.api.post(door.path, body), 422, "validation_failed")
    assert_problem(door.api.post(f"{door.path}/bulk", {"check_ins": [CODE, body]}), 422, "validation_failed")
    assert door.log() == []


@pytest.mark.parametrize("body", [None, {}, {"check_ins": None}, {"check_ins": {}}, {"check_ins": ["x"]}, [CODE]])
def test_what_is_no_file_is_refused(door, body):
    answer = door.api.post(f"{door.path}/bulk", body)
    assert answer.status_code in (400, 415, 422) and answer.mimetype == "application/problem+json"


def test_null_is_as_good_as_nothing(door, ticket):
    answer = door.scan(ticket, scanned_at=None, nonce=None, list=None, device=None)
    assert (answer.status_code, answer.json["list"]) == (201, "main")


@pytest.mark.parametrize("query", [{"list": ""}, {"list": "a\x00"}, {"list": "x" * 51}, {"since": "1-1"}, {"a": "b"}])
def test_an_undo_of_something_else_is_refused(door, ticket, query):
    door.scan(ticket)
    assert_problem(door.undo(ticket, **query), 422, "validation_failed")
    assert door.log()[0]["undone_at"] is None


def test_ids_that_are_none_lead_nowhere(door, ticket):
    assert_problem(door.undo({"id": "x"}), 404, "not_found")
    assert_problem(door.undo({"id": str(ObjectId())}), 404, "ticket_not_found")
    assert_problem(door.undo(ticket, list="Monday"), 422, "validation_failed")
