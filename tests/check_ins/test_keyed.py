"""Scans that come with an `Idempotency-Key`, as every POST may that makes something."""

import pytest
from pymongo.errors import AutoReconnect

from booking_api.storage.idempotency_keys import IdempotencyKeys

from ..asserting import assert_problem

KEY = {"Idempotency-Key": "gate-1-000001"}


@pytest.fixture
def lose(monkeypatch):
    """Does what it is given, and loses the answer."""

    def lost(*_args):
        raise AutoReconnect("away")

    def run(call):
        with monkeypatch.context() as patch:
            patch.setattr(IdempotencyKeys, "keep", lost)
            assert call().status_code == 503

    return run


def scan(door, ticket, **fields):
    """Scan a ticket under the key."""
    return door.api.post(door.path, {"code": ticket["code"]} | fields, headers=KEY)


def send(door, *scans):
    """Send a file under the key."""
    return door.api.post(f"{door.path}/bulk", {"check_ins": list(scans)}, headers=KEY)


def test_a_scan_is_made_once_and_its_answer_replayed(door, booking, scans):
    first, second, _ = booking["tickets"]
    made = scan(door, first)
    door.undo(first)
    again = scan(door, first)
    assert made.status_code == again.status_code == 201
    assert again.data == made.data and again.headers["Idempotent-Replayed"] == "true"
    assert scans.count_documents({}) == 1
    assert_problem(scan(door, second), 422, "idempotency_key_reused")


def test_a_file_is_applied_once_and_its_results_replayed(door, booking, scans):
    tickets = [{"code": ticket["code"]} for ticket in booking["tickets"]]
    made = send(door, *tickets)
    again = send(door, *tickets)
    assert [each["result"] for each in made.json["results"]] == ["created"] * 3
    assert again.data == made.data and again.headers["Idempotent-Replayed"] == "true"
    assert scans.count_documents({}) == 3


def test_a_scan_whose_answer_was_lost_is_answered_as_it_was_made(door, ticket, scans, clock, lose):
    lose(lambda: scan(door, ticket))
    clock.advance(minutes=2)  # its request would have ended by now
    assert scan(door, ticket).status_code == 201
    assert scans.count_documents({}) == 1


def test_a_file_whose_answer_was_lost_is_answered_as_sent_before(door, booking, scans, clock, lose):
    first, second, _ = ({"code": ticket["code"]} for ticket in booking["tickets"])
    lose(lambda: send(door, first, second | {"nonce": "its own"}, first))
    clock.advance(minutes=2)  # its request would have ended by now
    found = send(door, first, second | {"nonce": "its own"}, first)
    assert [each["result"] for each in found.json["results"]] == ["replayed", "replayed", "duplicate"]
    assert scans.count_documents({}) == 3
