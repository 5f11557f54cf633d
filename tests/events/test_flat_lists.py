"""A page of the public list costs the same however many events there are, with every filter and every sort."""

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from random import Random

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.events import search, titles
from booking_api.events.schemas import EventCreate
from booking_api.events.service import EventService
from booking_api.events.store import SORTS, EventStore
from booking_api.http.services import services_of
from booking_api.storage.client import connect
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..builders import event_fields
from ..fakes import Outgoing
from ..pids import CALM_SECONDS

EVENTS = 4_000
RARE = 1_234  # the number of the event that has what no other has
PAGE = 20
MOST_EXAMINED = 14 * (PAGE + 1)  # what a filter takes that every tenth event passes, and a bit
FIRST = datetime(2031, 1, 1, tzinfo=UTC)
ORGANIZERS = [ObjectId() for _ in range(10)]


def described(number, chance):
    """What is special about an event, of what can be asked for."""
    title = f"{'Jazz' if number % 10 == 0 else 'Rock'} night {number}{' Xylophone' if number == RARE else ''}"
    return {
        "title": title,
        "title_key": titles.sort_key(title),
        "words": search.of_event({"title": title, "description": "An evening with friends."}),
        "date": FIRST + timedelta(minutes=number * 7 % EVENTS),
        "created_at": FIRST - timedelta(days=900) + timedelta(minutes=number * 11 % EVENTS),
        "organizer_id": chance.choice(ORGANIZERS),
        "category": "rare" if number == RARE else f"category-{chance.randrange(10)}",
        "tags": ["all", f"tag-{chance.randrange(10)}", *(["rare"] if number == RARE else [])],
        "min_price": 1 if number == RARE else 1000 + chance.randrange(10),
    }


def described_all():
    """The events; those of one category and tag come last in the order of titles, and another one was made last."""
    chance = Random(1)
    events = [described(number, chance) for number in range(EVENTS)]
    for name, field in (("last", "title_key"), ("newest", "created_at")):
        for event in sorted(events, key=itemgetter(field))[-EVENTS // 10 :]:
            event["tags"].append(name)
            if event["category"] != "rare":
                event["category"] = name
    return events


DESCRIBED = described_all()


@pytest.fixture(scope="module")
def full(mongod):
    """The services over many events on the real server, and the database."""
    database = connect(mongod.replace("/?", f"/test-{ObjectId()}?"), seconds=CALM_SECONDS)
    services = services_of(create_app(SETTINGS, database=database, sender=Outgoing()))
    services[Stores].ensure_indexes()
    fields = EventCreate().load(event_fields(date=FIRST.isoformat()))
    made = services[EventService].create(ORGANIZERS[0], fields, ObjectId())
    collection = services[EventStore].collection
    original = collection.find_one({"_id": made["_id"]})
    collection.delete_one({"_id": made["_id"]})
    collection.insert_many([original | {"_id": ObjectId()} | special for special in DESCRIBED])
    yield services, database
    database.client.drop_database(database.name)
    database.client.close()


def examined(full, **query):
    """The first page, and how many keys and events MongoDB looked at for it, its total and the second page."""
    services, database = full
    asked = {"limit": PAGE, "past": False, "count": False} | query
    database.command("profile", 2)
    try:
        first = services[EventService].search(asked, None)
        if first.end:
            services[EventService].search(asked, first.end)
    finally:
        database.command("profile", 0)
    looks = list(database["system.profile"].find({"ns": f"{database.name}.events"}))
    database["system.profile"].drop()
    assert len(looks) == (2 if first.end else 1) * (2 if asked["count"] else 1)
    return first, max(look["keysExamined"] for look in looks), max(look["docsExamined"] for look in looks)


FILTERS = {
    "none": {},
    "category of a tenth": {"category": "category-3"},
    "category of one": {"category": "rare"},
    "tag of all": {"tag": "all"},
    "tag of a tenth": {"tag": "tag-3"},
    "tag of one": {"tag": "rare"},
    "price of all": {"price_max": 5000},
    "price of a tenth": {"price_max": 1000},
    "organizer": {"organizer_id": ORGANIZERS[0]},
    "beginning of a word of all": {"q": "e"},
    "beginning of a word of a tenth": {"q": "jaz"},
    "beginning of a word of one": {"q": "xy"},
    "a word of all and one of one": {"q": "night xy"},
    "a word of one and one of all": {"q": "with xylophone"},
    "word and category": {"q": "night", "category": "rare"},
    "category that comes last by title": {"category": "last"},
    "tag that comes last by title": {"tag": "last"},
    "category that was made last": {"category": "newest"},
    "tag that was made last": {"tag": "newest"},
    "category, tag and price": {"category": "category-3", "tag": "all", "price_max": 5000},
    "none that pass": {"q": "zz"},
}


def number_of(asked):
    """How many events pass a filter, found without a database."""
    plain = {name: value for name, value in asked.items() if name in ("category", "organizer_id")}
    return sum(
        all(event[name] == value for name, value in plain.items())
        and asked.get("tag", "all") in event["tags"]
        and event["min_price"] <= asked.get("price_max", 5000)
        and {*search.words(asked.get("q", ""))} <= {*event["words"]}
        for event in DESCRIBED
    )


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", FILTERS)
def test_a_page_looks_at_few_events(full, name, sort):
    page, keys, events = examined(full, sort=sort, **FILTERS[name])
    assert len(page.items) == min(PAGE, number_of(FILTERS[name]))
    assert keys <= MOST_EXAMINED
    assert events <= MOST_EXAMINED


@pytest.mark.parametrize("sort", ["date", "-date"])
def test_a_price_that_few_pass_reads_only_keys_of_what_is_to_come(full, sort):
    page, keys, events = examined(full, sort=sort, price_max=1)
    assert len(page.items) == 1
    assert keys <= EVENTS + MOST_EXAMINED
    assert events <= MOST_EXAMINED


COUNTED = ["none", "category of a tenth", "tag of all", "price of all", "organizer", "beginning of a word of all"]


@pytest.mark.parametrize("name", COUNTED)
def test_rows_are_counted_in_an_index_without_looking_at_the_events(full, name):
    page, _, events = examined(full, sort="date", count=True, **FILTERS[name])
    assert page.counted == number_of(FILTERS[name])
    assert events <= MOST_EXAMINED


def test_counting_stops_at_the_most_that_are_counted(full, monkeypatch):
    monkeypatch.setattr("booking_api.storage.sort.MOST_COUNTED", 99)
    page, keys, _ = examined(full, sort="date", count=True)
    assert page.counted == 100
    assert keys <= 101
