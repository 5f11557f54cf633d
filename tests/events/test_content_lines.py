"""Whatever people write is one value of one line, and comes out as it went in."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId
from hypothesis import example, given
from hypothesis import strategies as st

from booking_api.events import calendar
from booking_api.events.calendar import Publisher

from ..calendars import checked, content_lines, entry_of

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
EVENT = {
    "_id": ObjectId(),
    "version": 1,
    "title": "Jazz night",
    "description": "",
    "date": datetime(2031, 6, 1, 20, tzinfo=UTC),
    "end_date": None,
    "venue": None,
    "status": "published",
    "created_at": NOW,
    "updated_at": NOW,
    "organizer": {"name": "Olga"},
}
PUBLISHER = Publisher.of("Tickets <tickets@example.com>", "https://shop.example.com")
NASTY = [
    'say "hi"',
    "a;b,c:d\\e\\nf\\;g",
    "END:VEVENT",
    "李小龍" * 60,
    "🎷" * 100,
    "é" * 36 + "a",
    "\u202eright to left\u202c \u200f שלום \u200f",
    "👩‍👩‍👧‍👦" * 20,
    "^n ^' ^^",
    "Tab\there",
    " a  b ",
    "x" * 74,
    "",
]
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200)


def rendered(publisher=PUBLISHER, **fields):
    """The file of an event with these fields."""
    return calendar.of_event(publisher, EVENT | fields).render()


@pytest.mark.parametrize("words", NASTY)
def test_awkward_words_come_out_as_they_went_in(words):
    entry = entry_of(rendered(title=words, venue=words or None, description=words))
    assert (str(entry["SUMMARY"]), str(entry.get("LOCATION", "")), str(entry.get("DESCRIPTION", ""))) == (words,) * 3


@given(TITLES)
def test_any_words_come_out_as_they_went_in(words):
    entry = entry_of(rendered(title=words, venue=words, description=words))
    assert (str(entry["SUMMARY"]), str(entry["LOCATION"]), str(entry["DESCRIPTION"])) == (words,) * 3


# The parser takes a backslash for an escape here too; in parameters it is none (RFC 5545, section 3.2).
@given(TITLES.filter(lambda name: "\\" not in name))
@example("Olga ^nasty ^^ ^'")
@example('"')
def test_a_name_comes_out_as_it_went_in_but_for_its_quotation_marks(name):
    organizer = entry_of(rendered(organizer={"name": name}))["ORGANIZER"]
    assert organizer.params["CN"] == name.replace('"', "'")
    assert str(organizer) == "mailto:tickets@example.com"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\u2029"])
def test_a_new_line_in_a_text_is_no_line_of_the_file(end):
    raw = rendered(title=f"One{end}Two", description=f"One{end}END:VEVENT{end}Two", organizer={"name": f"One{end}Two"})
    entry = entry_of(raw)
    assert (entry["SUMMARY"], entry["DESCRIPTION"]) == ("One\nTwo", "One\nEND:VEVENT\nTwo")
    assert [name for name, _ in content_lines(raw)].count("END") == 2


def test_control_characters_of_old_documents_are_left_out():
    controls = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, 0x80, 0x85, 0x9F]))
    entry = entry_of(rendered(title=f"a{controls}b", organizer={"name": f"a{controls}b"}))
    assert (entry["SUMMARY"], entry["ORGANIZER"].params["CN"]) == ("ab", "ab")


def test_an_organizer_who_is_gone_has_no_name():
    assert entry_of(rendered(organizer=None))["ORGANIZER"].params == {}


@pytest.mark.parametrize(
    ("sender", "uri"),
    [
        ("tickets@example.com", "mailto:tickets@example.com"),
        ('"Tickets, all" <tickets+a@example.com>', "mailto:tickets+a@example.com"),
        ("Tickets <karten@bücher.example>", "mailto:karten@xn--bcher-kva.example"),
        ("žofie@example.com", "mailto:%C5%BEofie@example.com"),
        ("a/b?c=d&e#f%@example.com", "mailto:a%2Fb%3Fc%3Dd%26e%23f%25@example.com"),
        ("bookings@localhost", "mailto:bookings@localhost"),
        ("nonsense", "mailto:bookings@nonsense"),
    ],
)
def test_the_address_of_the_organizer_is_the_one_that_our_mail_is_from_as_a_uri(sender, uri):
    assert str(entry_of(rendered(Publisher.of(sender, None)))["ORGANIZER"]) == uri


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (datetime(2031, 6, 1, 20, tzinfo=UTC), None, None),
        (datetime(2031, 6, 1, 20, 0, 0, 1000, tzinfo=UTC), datetime(2031, 6, 1, 20, 0, 0, 900_000, tzinfo=UTC), None),
        (
            datetime(2031, 6, 1, 20, tzinfo=UTC),
            datetime(2031, 6, 11, 4, tzinfo=UTC),
            datetime(2031, 6, 11, 4, tzinfo=UTC),
        ),
    ],
)
def test_an_entry_has_an_end_only_if_it_ends_later_than_it_begins(begins, ends, expected):
    entry = entry_of(rendered(date=begins, end_date=ends))
    assert entry.decoded("DTSTART") == begins.replace(microsecond=0)
    assert (entry.decoded("DTEND") if "DTEND" in entry else None) == expected


def test_a_feed_of_nothing_is_a_calendar():
    raw = calendar.feed(PUBLISHER, "Events", []).render()
    read, entries = checked(raw)
    assert (entries, read["METHOD"], read["NAME"]) == ([], "PUBLISH", "Events")


def test_a_feed_cuts_long_descriptions_so_that_it_stays_small():
    long = EVENT | {"description": "李" * 10_000}
    raw = calendar.feed(PUBLISHER, "Events", [long, EVENT | {"description": "y" * 1000}]).render()
    _, (first, second) = checked(raw)
    assert first["DESCRIPTION"] == "李" * 999 + "…"
    assert second["DESCRIPTION"] == "y" * 1000
