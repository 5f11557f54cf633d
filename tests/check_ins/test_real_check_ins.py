"""Scans that meet: with each other, with what customers and organizers do, in two processes on the real server."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from booking_api import create_app
from booking_api.bookings.store import BookingStore
from booking_api.check_ins.store import ScanStore
from booking_api.clock import now
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS
from ..builders import book, make_event, sign_up
from .doors import Door, faults

ROUNDS = 12


@pytest.fixture
def apps(real_app, database, outgoing):
    """Two processes on one database."""
    return [real_app, create_app(SETTINGS, database=database, sender=outgoing, clock=now)]


@pytest.fixture
def organizer(apps):
    """An organizer."""
    return sign_up(apps[0], "organizer")


@pytest.fixture
def customer(apps):
    """A customer."""
    return sign_up(apps[0], "customer")


def through(app, somebody):
    """The same person, through one of the processes."""
    return Api(app.test_client(), somebody.token, somebody.user)


def at_once(*calls):
    """What several calls return that begin together."""
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_fifty_scans_of_one_ticket_let_one_in(apps, organizer, customer):
    event = make_event(organizer)
    code = book(customer, event)["tickets"][0]["code"]
    gates = [through(apps[number % 2], organizer) for number in range(50)]
    answers = at_once(*[lambda gate=gate: Door(gate, event).scan(code) for gate in gates])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    assert len(Door(organizer, event).log(limit=100)) == 50
    assert not faults(apps[0])


def test_one_nonce_that_is_sent_by_many_is_one_scan(apps, organizer, customer):
    event = make_event(organizer)
    code = book(customer, event)["tickets"][0]["code"]
    gates = [through(apps[number % 2], organizer) for number in range(20)]
    answers = at_once(*[lambda gate=gate: Door(gate, event).scan(code, nonce="n") for gate in gates])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert len({answer.text for answer in answers}) == 1
    assert len(Door(organizer, event).log()) == 1
    assert not faults(apps[0])


def test_one_nonce_of_a_ticket_that_is_refused_is_logged_once(apps, organizer):
    event = make_event(organizer)
    gates = [through(apps[number % 2], organizer) for number in range(20)]
    answers = at_once(*[lambda gate=gate: Door(gate, event).scan("nobody's", nonce="n") for gate in gates])
    assert {answer.status_code for answer in answers} == {404}
    assert len(Door(organizer, event).log()) == 1


@pytest.mark.parametrize("rival", ["booking", "part", "staff", "event", "transfer", "undo"])
def test_a_scan_and_its_rival_do_not_both_win(apps, organizer, customer, rival):
    for _ in range(ROUNDS):
        event = make_event(organizer)
        booking = book(customer, event, 2)
        ticket = booking["tickets"][0]
        path, buyer = f"/bookings/{booking['id']}", through(apps[1], customer)
        staff = through(apps[1], organizer)
        person = {"name": "Zoe", "email": "zoe@example.com"}
        act = {
            "booking": lambda: buyer.post(f"{path}/cancel"),  # noqa: B023 (called in this round)
            "part": lambda: buyer.post(f"{path}/cancel", {"ticket_ids": [ticket["id"]]}),  # noqa: B023
            "staff": lambda: staff.post(f"/events/{event['id']}{path}/cancel"),  # noqa: B023
            "event": lambda: staff.post(f"/events/{event['id']}/cancel"),  # noqa: B023
            "transfer": lambda: buyer.post(f"{path}/tickets/{ticket['id']}/transfer", person),  # noqa: B023
            "undo": lambda: Door(staff, event).undo(ticket),  # noqa: B023
        }[rival]
        scanned, other = at_once(lambda: Door(organizer, event).scan(ticket["code"]), act)  # noqa: B023
        if rival == "undo":
            assert (scanned.status_code, other.status_code) == (201, 204)
        elif rival == "event":  # it covers tickets that were scanned, and after it nothing is let in
            assert other.status_code == 200 and scanned.status_code in (201, 409)
        else:
            assert {scanned.status_code, other.status_code} in ({201, 409}, {409, 200})
    assert not faults(apps[0])


def test_files_that_overlap_have_each_ticket_once(apps, organizer, customer):
    event = make_event(organizer, total_tickets=200)
    tickets = [ticket for _ in range(12) for ticket in book(customer, event, 10)["tickets"]]
    scans = [
        {"code": ticket["code"], "nonce": f"{{}}{number}", "scanned_at": f"2026-01-01T0{{}}:{number % 60:02}:00Z"}
        for number, ticket in enumerate(tickets)
    ]

    def file(device, hour):
        return [
            {"code": each["code"], "nonce": each["nonce"].format(device), "device": device}
            | {"scanned_at": each["scanned_at"].format(hour)}
            for each in scans
        ]

    north, south = file("N", 1), file("S", 2)[::-1]
    devices = [through(app, organizer) for app in apps]
    first, second = at_once(lambda: Door(devices[0], event).bulk(*north), lambda: Door(devices[1], event).bulk(*south))
    results = Counter(each["result"] for each in [*first, *second])
    assert results == {"created": 120, "conflict": 120}
    again = Door(devices[0], event).bulk(*north)
    counts = Counter(each["result"] for each in again)
    assert counts["replayed"] + counts["conflict"] == 120
    stored = [ticket for row in services_of(apps[0])[BookingStore].collection.find({}) for ticket in row["tickets"]]
    assert all([each["device"] for each in ticket["check_ins"]] == ["N"] for ticket in stored)  # it was earlier
    assert services_of(apps[0])[ScanStore].collection.count_documents({}) == 240
    assert not faults(apps[0])


def test_an_index_keeps_a_ticket_from_being_in_twice(apps, organizer, customer):
    event = make_event(organizer)
    Door(organizer, event).scan(book(customer, event)["tickets"][0]["code"])
    scans = services_of(apps[0])[ScanStore].collection
    with pytest.raises(DuplicateKeyError):
        scans.insert_one(scans.find_one({}) | {"_id": ObjectId()})


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"tickets.code": {"$in": ["a", "b"]}}, "tickets.code_1"),
        ({"tickets._id": {"$in": [ObjectId()]}}, "tickets._id_1"),
        ({"tickets.revoked_codes": {"$in": ["a"]}}, "tickets.revoked_codes_1"),
    ],
)
def test_what_was_scanned_is_found_by_an_index(real_app, query, index):
    plan = services_of(real_app)[BookingStore].collection.find(query).explain()["queryPlanner"]["winningPlan"]
    assert index in repr(plan) and "COLLSCAN" not in repr(plan)
