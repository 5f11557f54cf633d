"""Lists of many attendees on the real server: in flat memory, by an index, without what nobody needs."""

import csv
import io
import tracemalloc

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.reports.service import AttendeeLists

from ..builders import make_event
from ..pids import eventually
from .made import bookings, customers, store

SMALL, LARGE = 2_000, 10_000  # bookings; the fixture `large` makes it 100,000
ROOM = 2_000_000  # bytes; 10,000 bookings as Python has them are 30 MB


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def people(database):
    """Many customers."""
    return customers(database, 1_000)


@pytest.fixture
def list_of(real_app, organizer):
    """Makes a list of an event: `list_of(event, "csv")` yields its parts."""
    lists = services_of(real_app)[AttendeeLists]
    options = {"csv": {"excel": False}, "xlsx": {}}

    def parts(event, kind):
        make = getattr(lists, f"as_{kind}")
        return make(ObjectId(event["id"]), ObjectId(organizer.user["id"]), None, **options[kind])[1]

    return parts


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_list(database, organizer, people, list_of, kind, large):
    small, many = make_event(organizer), make_event(organizer)
    store(database, bookings(small["id"], people, SMALL))
    store(database, bookings(many["id"], people, LARGE * large))
    sum(map(len, list_of(small, kind)))  # what is made once
    tracemalloc.start()
    try:
        seen = []
        for event in (small, many):
            tracemalloc.reset_peak()
            seen.append((sum(map(len, list_of(event, kind))), tracemalloc.get_traced_memory()[1]))
    finally:
        tracemalloc.stop()
    (less, first), (more, second) = seen
    assert more > 3 * less
    assert second < first + ROOM


def test_every_ticket_is_there_once_the_oldest_first(database, organizer, people, list_of):
    event = make_event(organizer)
    store(database, bookings(event["id"], people, 1_500))
    store(database, bookings(event["id"], people, 10, tickets=100, status="cancelled"))  # as early as others
    store(database, bookings(ObjectId(), people, 500))
    text = b"".join(list_of(event, "csv")).decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(lines) == len({line["ticket_id"] for line in lines}) == 2_500
    assert [line["booked_at"] for line in lines] == sorted(line["booked_at"] for line in lines)
    assert {line["status"] for line in lines} == {"valid", "cancelled"}
    named = {str(person["_id"]): person["name"] for person in database["users"].find({"_id": {"$in": people}})}
    booked = {str(row["_id"]): str(row["customer_id"]) for row in database["bookings"].find()}
    assert all(line["customer_name"] == named[booked[line["booking_id"]]] for line in lines)
    assert "SECRET" not in text


def test_an_index_finds_each_page_and_no_code_is_read(database, organizer, people, list_of):
    event = make_event(organizer)
    store(database, bookings(event["id"], people, 1_000))
    database.command("profile", 2)
    assert b"".join(list_of(event, "csv")).count(b"\r\n") == 1_001
    database.command("profile", 0)
    pages = list(database["system.profile"].find({"command.find": "bookings"}))
    assert len(pages) == 5
    assert all(page["docsExamined"] <= 202 and not page.get("hasSortStage") for page in pages)
    assert all(page["command"]["projection"]["tickets.code"] == 0 for page in pages)
    assert len(list(database["system.profile"].find({"command.find": "users"}))) <= 6


def test_who_stops_reading_leaves_nothing_open_on_the_server(database, organizer, people, list_of):
    event = make_event(organizer)
    store(database, bookings(event["id"], people, 1_000))
    parts = list_of(event, "csv")
    next(parts)
    parts.close()

    def none_open():
        return database.client.admin.command("serverStatus")["metrics"]["cursor"]["open"]["total"] == 0

    eventually(none_open, "no cursor is open, of the tests before this one either")
