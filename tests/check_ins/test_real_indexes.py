"""The indexes of the door on the real server: one guards what is in, the others find what is scanned."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from booking_api.bookings.ticket_reader import TicketReader
from booking_api.bookings.transfers import hash_of
from booking_api.check_ins.store import ScanStore
from booking_api.clock import now
from booking_api.http.services import services_of

from ..reports import made

EVENT, OTHER = ObjectId(), ObjectId()
BOOKINGS, EACH = 200, 3  # of either event, and the tickets of each


@pytest.fixture
def reader(real_app, database):
    """Reads tickets of a database with bookings of two events."""
    for event in (EVENT, OTHER):
        made.store(database, made.bookings(event, [ObjectId()], BOOKINGS, tickets=EACH))
    for number, booking in enumerate(database["bookings"].find({})):
        codes = {f"tickets.{at}.code": f"{number}-{at}" for at in range(EACH)}
        database["bookings"].update_one({"_id": booking["_id"]}, {"$set": codes})
    return TicketReader(database["bookings"])


@pytest.fixture
def booking(database, reader):
    """A booking of the event in the midst of all others."""
    return list(database["bookings"].find({"event_id": EVENT}))[BOOKINGS // 2]


@pytest.fixture
def reads(database):
    """Lists what the reads of bookings in a block have examined: keys, documents, and how many were found."""

    @contextmanager
    def profiled():
        found = []
        database.command("profile", 2)
        yield found
        database.command("profile", 0)
        rows = database["system.profile"].find({"op": "query", "ns": f"{database.name}.bookings"})  # in order
        found += [(row["planSummary"], row["keysExamined"], row["docsExamined"], row["nreturned"]) for row in rows]

    return profiled


def holding(**fields):
    """A scan by which a ticket is in, as little of it as the indexes know."""
    return {"_id": ObjectId(), "event_id": EVENT, "at": now(), "list": "main", "holds": True} | fields


def test_the_index_lets_no_two_scans_hold_a_ticket_in_one_list(real_app):
    scans, ticket_id = services_of(real_app)[ScanStore].collection, ObjectId()
    scans.insert_one(holding(ticket_id=ticket_id))
    with pytest.raises(DuplicateKeyError, match="ticket_id"):
        scans.insert_one(holding(ticket_id=ticket_id))
    for others in ({"ticket_id": ticket_id, "list": "day 2"}, {"ticket_id": ObjectId()}):
        scans.insert_one(holding(**others))
    for _ in range(2):  # refused or undone
        scan = holding(ticket_id=ticket_id)
        del scan["holds"]
        scans.insert_one(scan)
    with pytest.raises(DuplicateKeyError, match="ticket_id"):
        scans.update_one({"_id": scan["_id"]}, {"$set": {"holds": True}})


def test_the_index_lets_a_nonce_be_logged_once_for_each_event(real_app):
    scans = services_of(real_app)[ScanStore].collection
    plain = {"event_id": EVENT, "list": "main", "ticket_id": None}
    scans.insert_many([{"_id": ObjectId()} | plain for _ in range(2)])
    scans.insert_many(
        [{"_id": ObjectId(), "nonce": "n", "ticket_id": None, "event_id": each} for each in (EVENT, OTHER)]
    )
    with pytest.raises(DuplicateKeyError, match="nonce"):
        scans.insert_one({"_id": ObjectId(), "nonce": "n"} | plain)


def test_codes_are_found_by_their_index_and_then_dead_ones_by_theirs(database, reader, booking, reads):
    tickets = booking["tickets"]
    given = {"$set": {"tickets.1.revoked_codes": [hash_of("dead")]}}
    database["bookings"].update_one({"_id": booking["_id"]}, given)
    with reads() as done:
        found = reader.by_codes(EVENT, [tickets[0]["code"], tickets[2]["code"], "dead", "unknown"])
    assert found == {
        tickets[0]["code"]: (booking["_id"], tickets[0]["_id"], False),
        tickets[1]["code"]: (booking["_id"], tickets[1]["_id"], False),
        tickets[2]["code"]: (booking["_id"], tickets[2]["_id"], False),
        "dead": (booking["_id"], tickets[1]["_id"], True),
    }
    assert [(plan, docs, count) for plan, _, docs, count in done] == [
        ("IXSCAN { tickets.code: 1 }", 1, 1),
        ("IXSCAN { tickets.revoked_codes: 1 }", 1, 1),
    ]
    with reads() as done:
        assert reader.by_codes(OTHER, ["dead", tickets[0]["code"]]) == {}
    assert sum(docs for _, _, docs, _ in done[2:]) <= 2


def test_ids_are_found_by_their_index(reader, booking, reads):
    ids = [ticket["_id"] for ticket in booking["tickets"]]
    with reads() as done:
        assert reader.by_ids(EVENT, [ids[1], ObjectId()])[ids[1]] == (booking["_id"], ids[1], False)
    assert [(plan, docs, count) for plan, _, docs, count in done] == [("IXSCAN { tickets._id: 1 }", 1, 1)]
    assert reader.by_ids(OTHER, ids) == {}


def test_what_was_named_is_found_by_an_index_page_by_page(database, reader, reads):
    moment = now()
    for event in (EVENT, OTHER):
        for number, booking in enumerate(database["bookings"].find({"event_id": event}).limit(30)):
            named = {"$set": {"named_at": moment + timedelta(seconds=number)}}
            database["bookings"].update_one({"_id": booking["_id"]}, named)
    with reads() as done:
        first = reader.named_since(EVENT, moment + timedelta(seconds=5), 10, None)
        second = reader.named_since(EVENT, moment + timedelta(seconds=5), 10, first.end)
        assert reader.named_since(EVENT, moment + timedelta(minutes=1), 10, None).items == []
    found = [booking["named_at"] for booking in first.items + second.items]
    assert found == sorted(found)
    assert len({booking["_id"] for booking in first.items + second.items}) == 20
    assert {booking["event_id"] for booking in first.items + second.items} == {EVENT}
    assert [(plan, docs) for plan, _, docs, _ in done] == [
        ("IXSCAN { event_id: 1, named_at: 1, _id: 1 }", examined) for examined in (11, 12, 0)
    ]


def test_pages_of_a_snapshot_read_what_they_show_and_no_more(reader, reads):
    with reads() as done:
        first = reader.page(EVENT, 50, None)
        second = reader.page(EVENT, 50, first.end)
    assert len({row["_id"] for row in first.items + second.items}) == 100
    # Each reads one more, to know whether another page follows, and the second that with which it begins.
    assert [(plan, docs) for plan, _, docs, _ in done] == [
        ("IXSCAN { event_id: 1, created_at: 1, _id: 1 }", examined) for examined in (51, 52)
    ]
