"""Lists of events by when they run: the right ones, in order, and without reading those that are over."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.events import spans
from booking_api.events.migrations import renew
from booking_api.events.store import SORTS, EventStore
from booking_api.http.services import services_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LENGTHS = [None, *(timedelta(days=days) for days in (0.1, 1, 1.1, 4, 15, 17, 64, 200, 256, 257, 3000))]
ANYTHING = {
    **dict.fromkeys(("organizer_id", "available", "words", "category", "tag", "price_max")),
    "count": False,
}


def event_of(begins, length, **fields):
    """An event as far as lists look at it."""
    event = {"_id": ObjectId(), "status": "published", "date": begins, "end_date": length and begins + length}
    return event | {"span": spans.span_of(event), "created_at": begins, "title_key": str(ObjectId())} | fields


def ends(event):
    return event["end_date"] or event["date"]


def listed(store, sort="date", limit=7, **filters):
    """Every event that a list has, page by page."""
    events, position = [], None
    while True:
        page = store.find_published(sort=SORTS[sort], limit=limit, after=position, **ANYTHING | filters)
        events += page.items
        position = page.end
        if position is None:
            return [event["_id"] for event in events]


@pytest.fixture
def store(app):
    """Events of all lengths around the present, in the database of the fast tests."""
    return filled(services_of(app)[EventStore], 300)


@pytest.fixture
def real_store(database):
    """The same in the real one, with the indexes."""
    store = EventStore(database["events"])
    store.collection.create_indexes(store.INDEXES)
    return filled(store, 300)


def filled(store, count):
    chance = random.Random(1)
    events = [
        event_of(NOW + timedelta(hours=chance.randint(-9000, 3000)), chance.choice(LENGTHS)) for _ in range(count)
    ]
    store.collection.insert_many(events)
    store.made = sorted(events, key=lambda event: (event["date"], event["_id"]))
    return store


PERIODS = [(NOW, None), (NOW, NOW + 9 * DAY), (None, NOW), (NOW - 30 * DAY, NOW - 20 * DAY), (None, None)]


def expected(store, since, until):
    return [
        event["_id"]
        for event in store.made
        if (since is None or ends(event) > since) and (until is None or event["date"] <= until)
    ]


@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_a_list_has_what_runs_in_a_period_in_order(store, since, until):
    found = listed(store, since=since, until=until)
    assert found == expected(store, since, until)
    assert len(found) > 0
    assert listed(store, "-date", since=since, until=until) == found[::-1]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_every_sort_on_the_real_server_has_each_event_once(real_store, sort, since, until):
    found = listed(real_store, sort, since=since, until=until)
    assert sorted(found) == sorted(expected(real_store, since, until))


@pytest.mark.parametrize("length", LENGTHS)
def test_no_event_is_longer_than_its_class(length):
    event = event_of(NOW, length)
    assert event["span"] == spans.UNBOUNDED or (length or timedelta(0)) <= spans.LONGEST[event["span"]]
    assert (event["span"] == spans.NO_END) == (length is None)


def test_an_event_from_before_spans_is_found_by_its_beginning(app):
    store = services_of(app)[EventStore]
    old = [event_of(NOW + days * DAY, 3 * DAY) for days in (-9, -1, 1)]
    store.collection.insert_many([{name: event[name] for name in event if name != "span"} for event in old])
    assert listed(store, since=NOW, until=None) == [old[2]["_id"]]


@pytest.mark.parametrize("left", [{}, {"span": spans.NO_END}], ids=["none", "that of a shorter event"])
def test_a_migration_mends_the_span_that_an_older_version_has_left(database, left):
    store = EventStore(database["events"])
    store.collection.create_indexes(store.INDEXES)
    event = event_of(NOW - DAY, 3 * DAY, title="Fair", words=["fair"], version=1)
    del event["span"]
    store.collection.insert_one(event | left)
    assert listed(store, since=NOW, until=None) == []
    assert renew(store, "span") == 1
    assert listed(store, since=NOW, until=None) == [event["_id"]]
    assert renew(store, "span") == 0


@pytest.mark.parametrize("sort", ["date", "-date"])
@pytest.mark.parametrize("filters", [{}, {"organizer_id": ObjectId()}, {"words": ["jazz"]}])
def test_a_page_does_not_read_the_events_that_are_over(database, sort, filters):
    store = EventStore(database["events"])
    store.collection.create_indexes(store.INDEXES)
    fields = {"organizer_id": filters.get("organizer_id"), "words": ["jazz"]}
    over = [event_of(NOW - days * DAY, length, **fields) for days in range(400, 1400) for length in (None, 9 * DAY)]
    present = [event_of(NOW - DAY + hours * DAY / 24, 2 * DAY, **fields) for hours in range(100)]
    store.collection.insert_many(over + present)
    database.command("profile", 2)
    page = store.find_published(sort=SORTS[sort], limit=20, after=None, since=NOW, until=None, **ANYTHING | filters)
    database.command("profile", 0)
    look = database["system.profile"].find_one({"op": "query", "command.find": "events"})
    assert len(page.items) == 20
    assert look["keysExamined"] < 60
    assert not look.get("hasSortStage")


def test_a_list_is_read_without_its_index_too(database):
    store = filled(EventStore(database["events"]), 30)
    assert listed(store, since=NOW, until=None) == expected(store, NOW, None)
