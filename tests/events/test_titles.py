"""Titles are sorted as people sort: by the Unicode Collation Algorithm, in every script."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyuca import Collator

from booking_api.events import titles
from booking_api.events.migrations import renew
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..builders import make_event
from ..http.requests import assert_quick

IN_ORDER = [
    "¡Olé!",
    "“Hamlet” in Hamburg",
    "🎷 for beginners",
    "10 years of jazz",
    "2 pianos",
    "Ærø by bicycle",
    "apfelfest",
    "Apfelfest",
    "Ärger im Paradies",
    "Arger Zwei",
    "Eclair",
    "éclair",
    "Éclair",
    "Eclairs for all",
    "Istanbul",
    "İstanbul",
    "Jazz",
    "Jazz night",
    "Jazzabend",
    "Lody",
    "Lodz",
    "Łódź",
    "Łza",
    "nandu",
    "Ñandú",
    "Nzinga",
    "Ørsted in Oslo",
    "Oslo",
    "Strasse",
    "Straße",
    "Strassenfest",
    "Über den Wolken",
    "Zebra",
    "Zürich",
    "Αθήνα",
    "Ελλάδα",
    "Александр",
    "Ёлка",
    "Ель",
    "Жизнь",
    "Иван",
    "Київ",
    "Яблоко",
    "עברית",
    "العربية",
    "가나",
    "각",
    "あさ",
    "アサ",
    "いけ",
    "北京",
    "東京",
]


def test_titles_of_many_scripts_are_in_the_order_of_their_keys():
    assert sorted(random.Random(1).sample(IN_ORDER, len(IN_ORDER)), key=titles.sort_key) == IN_ORDER


@cache
def collator():
    """The algorithm itself."""
    return Collator()


@settings(max_examples=300)
@given(
    *[st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("aAáÁbB \u0301ßæ東"), max_size=12)] * 2
)
def test_the_order_of_the_keys_is_that_of_the_algorithm(one, other):
    by_algorithm = sorted((one, other), key=lambda title: (collator().sort_key(title), title))
    assert sorted((one, other), key=lambda title: titles.sort_key(title).encode()) == by_algorithm


def test_no_weight_becomes_a_character_that_cannot_be_stored():
    han = [chr(code) for code in range(0x57F0, 0x6010, 7)]  # their weights go on from 0xD7F0
    keys = [titles.sort_key(letter).encode() for letter in han]
    assert keys == sorted(keys)


@pytest.mark.parametrize("title", ["x" * 200, "éX" * 100, "東" * 200, "\ufdfa" * 200, "🎷" * 200, "\u0315\u0300" * 100])
def test_no_title_has_a_long_key_or_one_that_costs_much(title):
    titles.prepare()
    assert_quick(lambda: titles.sort_key(title), name=title[:1])
    assert len(titles.sort_key(title).encode()) <= titles.LONGEST_KEY


@pytest.fixture
def listed(as_role):
    """The titles of the list sorted by them, page by page."""
    organizer = as_role("organizer")

    def walk(limit=2):
        found, cursor = [], {}
        while cursor is not None:
            query = {"sort": "title", "limit": limit} | cursor
            page = organizer.get("/events", query_string=query).json
            found += [event["title"] for event in page["items"]]
            cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
        return found

    walk.organizer = organizer
    return walk


def test_the_list_sorted_by_title_is_in_this_order_on_every_page(listed):
    for title in random.Random(2).sample(IN_ORDER, len(IN_ORDER)):
        make_event(listed.organizer, title=title)
    assert listed() == listed(100) == IN_ORDER


def test_a_changed_title_has_its_new_place(listed):
    make_event(listed.organizer, title="Zebra")
    event = make_event(listed.organizer, title="Apfel")
    assert listed.organizer.patch(f"/events/{event['id']}", {"title": "Žofie"}).status_code == 200
    assert listed() == ["Zebra", "Žofie"]


@pytest.mark.parametrize("letter", ["東", "\ufdfa", "🎷", "x", "Ǻ"])
def test_a_page_can_end_at_any_title(listed, letter):
    made = [letter * 200, letter * 199, letter * 200]
    for title in made:
        make_event(listed.organizer, title=title)
    assert sorted(listed(1)) == sorted(made)


def test_a_migration_leaves_an_event_the_key_that_an_edit_would(real_app, as_real_role):
    organizer = as_real_role("organizer")
    for title in ("Zebra", "Ärger"):
        make_event(organizer, title=title)
    events = services_of(real_app)[EventStore]
    for event in events.collection.find():
        events.collection.update_one({"_id": event["_id"]}, {"$set": {"title_key": event["title"].casefold()}})

    def listed():
        return [event["title"] for event in organizer.get("/events", query_string={"sort": "title"}).json["items"]]

    assert listed() == ["Zebra", "Ärger"]
    assert (renew(events, "title_key"), renew(events, "title_key")) == (2, 0)
    assert listed() == ["Ärger", "Zebra"]


def test_mongodb_sorts_by_the_keys_as_python_does(real_app, as_real_role):
    organizer = as_real_role("organizer")
    for title in random.Random(3).sample(IN_ORDER, len(IN_ORDER)):
        make_event(organizer, title=title)
    page = organizer.get("/events", query_string={"sort": "title", "limit": 100}).json
    assert [event["title"] for event in page["items"]] == IN_ORDER
