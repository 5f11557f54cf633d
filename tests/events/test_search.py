"""What counts as a word of an event, in any script."""

import unicodedata

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.events import search
from booking_api.events.migrations import renew_derived
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..builders import make_event
from ..http.requests import assert_quick

HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 10_000)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jazz night", ["jazz", "night"]),
        ("jazz JAZZ, Jazz!", ["jazz"]),
        ("Café Žižkov", ["cafe", "zizkov"]),
        ("Cafe\u0301", ["cafe"]),
        ("Straße", ["strasse"]),
        ("ｗｉｄｅ ﬁne", ["fine", "wide"]),
        ("Ночь джаза", ["джаза", "ночь"]),
        ("東京 Jazz祭り2031", ["2031", "jazz", "り", "京", "東", "祭"]),
        ("งานดนตรี", ["ง", "ด", "ต", "น", "ร", "า"]),
        ("서울 재즈", [unicodedata.normalize("NFKD", word) for word in ("서울", "재즈")]),
        ("rock'n'roll 24/7", ["24", "7", "n", "rock", "roll"]),
        ("", []),
        ("… — !", []),
    ],
)
def test_words_are_found_whatever_their_script_case_accents_and_punctuation(text, expected):
    assert search.words(text) == expected


def test_an_event_has_the_words_of_its_title_description_and_venue():
    event = {"title": "Jazz", "description": "All night", "venue": "Hall", "organizer": "Ada"}
    assert search.of_event(event) == ["all", "hall", "jazz", "night"]
    assert search.of_event(event | {"venue": None}) == ["all", "jazz", "night"]


def as_they_were(text):
    """The words without bounds, by one normalization of the whole text."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return set(search.WORD.findall(plain.casefold()))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("a\u0315\u0300\ufdfa각 "), max_size=280))
def test_taking_a_text_in_pieces_finds_the_same_words(text):
    expected = {word[: search.LONGEST_WORD] for word in as_they_were(text)}
    found = search.words(text)
    assert set(found) <= expected
    assert set(found) == expected or len(found) == search.MOST_WORDS


@pytest.mark.parametrize("filling", [HAN, "\ufdfa" * 10_000, " ".join(f"w{number}" for number in range(1700))])
def test_an_event_has_three_hundred_words_and_those_of_its_title_are_among_them(filling):
    event = {"title": HAN[5000:5190] + " Jazz night", "description": filling, "venue": "Hall"}
    found = search.of_event(event)
    assert len(found) <= search.MOST_WORDS
    assert {*search.words(event["title"]), "jazz", "night", "hall"} <= set(found)


def test_a_title_of_many_words_is_found_by_itself():
    title = "".join(map(chr, range(0x3300, 0x3358))) + HAN[:112]
    assert len(title) == 200
    assert set(search.words(title)) <= set(search.of_event({"title": title, "description": HAN}))


def test_a_long_word_is_found_by_itself_and_by_its_beginning():
    event = {"title": "x" * 200, "description": ""}
    assert search.of_event(event) == ["x" * 40] == search.words("x" * 200) == search.words("X" * 40)


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0315" * 5000 + "\u0300" * 4999,
        HAN,
        "\ufdfa" * 10_000,
        "\u0390" * 10_000,
        "\uac01" * 10_000,
        "a " * 5000,
    ],
    ids=["marks", "Han", "ligatures", "folded", "Hangul", "short words"],
)
def test_no_description_costs_more_than_its_size(text):
    assert len(text) <= 10_000
    assert_quick(lambda: search.words(text), name=text[:1])
    assert len(bson.encode({"words": search.words(text)})) < 10_000


def test_a_migration_leaves_an_event_the_words_that_an_edit_would(real_app, as_real_role):
    organizer = as_real_role("organizer")
    event = make_event(organizer, title="Jazz night", description=HAN)
    events = services_of(real_app)[EventStore]
    as_made = events.collection.find_one()["words"]
    events.collection.update_one({}, {"$set": {"words": sorted(HAN)}})
    assert renew_derived(events) == 1
    assert events.collection.find_one()["words"] == as_made
    assert len(as_made) == search.MOST_WORDS
    assert renew_derived(events) == 0
    found = organizer.get("/events", query_string={"q": "jazz 一"}).json["items"]
    assert [each["id"] for each in found] == [event["id"]]
