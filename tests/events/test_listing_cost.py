"""The public list of a database in which most events are over: what it has, and what MongoDB reads for it."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from bson import ObjectId

from booking_api.events import spans
from booking_api.events.store import SORTS, EventStore
from booking_api.storage.client import connect
from booking_api.storage.sort import Position

from ..pids import CALM_SECONDS

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OVER, AHEAD, LIMIT = 20_000, 1_000, 20
MOST_DOCUMENTS = 4 * LIMIT
MOST_KEYS = 300  # those of some days in which about twenty events began
LENGTHS = (None, 3 * HOUR, 20 * HOUR, 3 * DAY, 12 * DAY, 50 * DAY, 200 * DAY, 900 * DAY)
HOW_MANY = (30, 40, 15, 8, 3, 2, 1, 1)
ORGANIZERS = [ObjectId() for _ in range(40)]
FILTERS = {
    "nothing": {},
    "an organizer": {"organizer_id": ORGANIZERS[0]},
    "nobody": {"organizer_id": ObjectId()},
    "a word of every event": {"words": ["evening"]},
    "a word of every fiftieth": {"words": ["jazz7"]},
    "a word of none": {"words": ["nothing"]},
    "a category": {"category": "c1"},
    "a tag": {"tag": "t2"},
    "tickets on sale": {"available": True},
}
RARE = FILTERS | {"nothing on sale": {"available": False}}
PERIODS = {
    "now": (NOW, None),
    "anything": (None, None),
    "a day of the past": (NOW - 300 * DAY, NOW - 299 * DAY),
    "a day to come": (NOW + 60 * DAY, NOW + 61 * DAY),
    "from a day to come": (NOW + 60 * DAY, None),
    "up to a day to come": (NOW, NOW + 60 * DAY),
    "up to a day of the past": (None, NOW - 300 * DAY),
}


def events(chance):
    """Events of two years and a half before, and of three months ahead."""
    for number in range(OVER + AHEAD):
        begins = NOW - chance.random() * 900 * DAY if number < OVER else NOW + chance.random() * 90 * DAY
        (length,) = chance.choices(LENGTHS, HOW_MANY)
        words = ["evening", f"jazz{number % 50}"] + ["rare"] * (number % 5_000 == 0)
        event = {"_id": ObjectId(), "status": "published", "date": begins, "end_date": length and begins + length}
        event |= {"category": f"c{number % 7}", "tags": [f"t{number % 3}", "all"], "min_price": number % 9}
        event |= {"organizer_id": ORGANIZERS[number % len(ORGANIZERS)], "words": words, "title_key": str(number)}
        event |= {"created_at": begins - 60 * DAY, "available_tickets": chance.choice((0, 7, 8)), "description": "x"}
        if number % 5 == 0:  # it has hidden types, and sometimes nothing else that can be had
            event["shown_available"] = min(number % 3, event["available_tickets"])
        yield event | {"span": spans.span_of(event)}


@pytest.fixture(scope="module")
def made():
    """The events, as they are stored."""
    return list(events(random.Random(5)))


@pytest.fixture(scope="module")
def store(mongod, made):
    """The store of these events, on the real server."""
    database = connect(mongod.replace("/?", f"/test-{ObjectId()}?"), seconds=CALM_SECONDS)
    store = EventStore(database["events"])
    store.collection.create_indexes(store.INDEXES)
    store.collection.insert_many(made)
    yield store
    database.client.drop_database(database.name)
    database.client.close()


def page_of(store, sort, period, after, limit=LIMIT, **filters):
    """A page of the list."""
    asked = dict.fromkeys(("organizer_id", "available", "words", "category", "tag", "price_max")) | filters
    since, until = PERIODS[period]
    return store.find_published(
        sort=SORTS[sort], limit=limit, after=after, since=since, until=until, count=False, **asked
    )


def cost(store, *asked, **filters):
    """What one page reads: keys, documents, and whether it is sorted in memory."""
    database = store.collection.database
    database.command("profile", 2)
    page_of(store, *asked, **filters)
    database.command("profile", 0)
    looks = list(database["system.profile"].find({"ns": store.collection.full_name}))
    database["system.profile"].drop()
    keys, documents = (sum(look[name] for look in looks) for name in ("keysExamined", "docsExamined"))
    return keys, documents, any(look.get("hasSortStage") for look in looks)


AFTER = {
    "the first": None,
    "a later": Position(NOW + 30 * DAY, ObjectId()),
    "a present": Position(NOW - DAY, ObjectId()),
}


@pytest.mark.parametrize(("sort", "page"), list(product(["date", "-date"], AFTER)))
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("filters", FILTERS)
def test_a_page_by_date_reads_little_more_than_it_shows(store, sort, page, period, filters):
    keys, documents, sorts = cost(store, sort, period, AFTER[page], **FILTERS[filters])
    assert (keys < MOST_KEYS, documents < MOST_DOCUMENTS, sorts) == (True, True, False), (keys, documents)


def meets(event, since, until, organizer_id=None, available=None, words=(), category=None, tag=None):
    """Whether a list should have the event."""
    return (
        (since is None or (event["end_date"] or event["date"]) > since)
        and (until is None or event["date"] <= until)
        and organizer_id in (None, event["organizer_id"])
        and (available is None or (event.get("shown_available", event["available_tickets"]) > 0) is available)
        and set(words) <= set(event["words"])
        and category in (None, event["category"])
        and tag in (None, *event["tags"])
    )


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("period", ["now", "a day of the past", "up to a day to come"])
@pytest.mark.parametrize("filters", RARE)
def test_the_pages_have_each_event_once_and_in_order(store, made, sort, period, filters):
    field = SORTS[sort].field
    wanted = sorted(
        (event for event in made if meets(event, *PERIODS[period], **RARE[filters])),
        key=lambda event: (milliseconds(event[field]), event["_id"]),
        reverse=SORTS[sort].descending,
    )
    found, after = [], None
    while True:
        page = page_of(store, sort, period, after, 100, **RARE[filters])
        found, after = found + [event["_id"] for event in page.items], page.end
        if after is None:
            break
    assert found == [event["_id"] for event in wanted]


def milliseconds(value):
    """A value of a sort as MongoDB keeps it."""
    return value.replace(microsecond=value.microsecond // 1000 * 1000) if isinstance(value, datetime) else value
