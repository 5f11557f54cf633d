"""What counts as a word of an event, in any script."""

import unicodedata

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.events import search
from booking_api.events.migrations import renew
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
        ("Łódź", ["lodz"]),
        ("Ørsted Tromsø", ["orsted", "tromso"]),
        ("IĞDIR İzmir ılık", ["igdir", "ilik", "izmir"]),
        ("ISPARTA ısparta", ["isparta"]),
        ("L'Œuvre", ["l", "oeuvre"]),
        ("Đorđe Đàn", ["dan", "dorde"]),
        ("Ærø ÆØÅ", ["aeoa", "aero"]),
        ("Þórður Ðæ", ["dae", "thordur"]),
        ("Ħamrun Ŧ Ŋ ĸ ſo", ["hamrun", "n", "q", "so", "t"]),
        ("Ɓauchi ɗan Ƙauye Gəncə", ["bauchi", "dan", "gence", "kauye"]),
        ("snake_case __main__", ["case", "main", "snake"]),
        ("Ελλάδα Ψυχής", ["ελλαδα", "ψυχησ"]),
        ("مهرجان פסטיבל", ["פסטיבל", "مهرجان"]),
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
    assert search.of_event(event) == with_beginnings("all", "hall", "jazz", "night")
    assert search.of_event(event | {"venue": None}) == with_beginnings("all", "jazz", "night")


def with_beginnings(*whole):
    """The words and all their beginnings."""
    return sorted({word[:length] for word in whole for length in range(1, len(word) + 1)})


@settings(max_examples=100)
@given(st.text(max_size=60), st.text(max_size=60), st.data())
def test_an_event_is_found_by_the_beginnings_of_its_words(title, description, data):
    entries = set(search.of_event({"title": title, "description": description}))
    words = search.words(f"{title} {description}")
    typed = [word[: data.draw(st.integers(1, len(word)))] for word in words]
    assert set(search.asked(" ".join(typed))) <= entries


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jazz ja night j", ["jazz", "night"]),
        ("night nights", ["nights"]),
        ("a b", ["a", "b"]),
        ("jazz", ["jazz"]),
        ("!?", []),
        ("東京", ["京", "東"]),
    ],
)
def test_what_another_word_begins_with_need_not_be_looked_up(typed, expected):
    assert search.asked(typed) == expected


def as_they_were(text):
    """The words without bounds, by one normalization of the whole text."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return set(search.WORD.findall(plain.casefold().translate(search.LETTERS)))


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("a\u0315\u0300\ufdfa각 "), max_size=280))
def test_taking_a_text_in_pieces_finds_the_same_words(text):
    expected = {word[: search.LONGEST_WORD] for word in as_they_were(text)}
    found = search.words(text)
    assert set(found) <= expected
    assert set(found) == expected or len(found) == search.MOST_WORDS


@pytest.mark.parametrize("filling", [HAN, "\ufdfa" * 10_000, " ".join(f"w{number}" for number in range(1700))])
def test_an_event_has_three_hundred_words_and_those_of_its_title_are_among_them(filling):
    event = {"title": HAN[5000:5180] + " Jazz night", "description": filling, "venue": "Hall"}
    found = set(search.of_event(event))
    assert len(found) <= search.MOST_ENTRIES
    longest = {word for word in found if not any(other.startswith(word) for other in found - {word})}
    assert len(longest) <= search.MOST_WORDS
    assert {*search.words(event["title"]), *with_beginnings("jazz", "night", "hall")} <= found


def test_of_a_long_description_the_last_words_are_found_only_whole():
    words = [f"{number:03}abcdefgh" for number in range(400)]
    found = set(search.of_event({"title": "Jazz", "description": " ".join(words)}))
    assert len(found) == search.MOST_ENTRIES
    assert {*with_beginnings("jazz", words[0]), words[298]} <= found
    assert words[298][:9] not in found and words[299] not in found


def test_a_title_of_many_words_is_found_by_itself():
    title = "".join(map(chr, range(0x3300, 0x3358))) + HAN[:112]
    assert len(title) == 200
    assert set(search.words(title)) <= set(search.of_event({"title": title, "description": HAN}))


def test_a_long_word_is_found_by_itself_and_by_its_beginning():
    event = {"title": "x" * 200, "description": ""}
    assert search.of_event(event) == with_beginnings("x" * 20)
    assert search.asked("x" * 200) == search.asked("X" * 40) == ["x" * 20]


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
    event = {"title": "", "description": text}
    assert_quick(lambda: search.of_event(event), name=text[:1])
    assert len(bson.encode({"words": search.of_event(event)})) < 10_000


def test_what_an_event_stores_of_its_words_is_bounded():
    widest = "".join(map(chr, range(0x10330, 0x1034A)))  # Gothic, four bytes a letter
    words = (widest[at % 26] + widest[at // 26] + widest for at in range(26 * 26))
    stored = bson.encode({"words": search.of_event({"title": "", "description": " ".join(words)[:10_000]})})
    assert len(stored) < 75_000


def test_a_migration_leaves_an_event_the_words_that_an_edit_would(real_app, as_real_role):
    organizer = as_real_role("organizer")
    event = make_event(organizer, title="Jazz night", description=HAN)
    events = services_of(real_app)[EventStore]
    as_made = events.collection.find_one()["words"]
    events.collection.update_one({}, {"$set": {"words": sorted(HAN)}})
    assert renew(events, "words") == 1
    assert events.collection.find_one()["words"] == as_made
    assert len(as_made) == search.MOST_WORDS + len(with_beginnings("jazz", "night")) - 2
    assert renew(events, "words") == 0
    found = organizer.get("/events", query_string={"q": "jazz 一"}).json["items"]
    assert [each["id"] for each in found] == [event["id"]]
