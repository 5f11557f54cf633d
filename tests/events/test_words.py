"""What counts as a word of an event, in any script."""

import unicodedata

import pytest

from booking_api.events import words


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
    assert words.words(text) == expected


def test_an_event_has_the_words_of_its_title_description_and_venue():
    event = {"title": "Jazz", "description": "All night", "venue": "Hall", "organizer": "Ada"}
    assert words.of_event(event) == ["all", "hall", "jazz", "night"]
    assert words.of_event(event | {"venue": None}) == ["all", "jazz", "night"]
