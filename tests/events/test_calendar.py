"""Calendar entries of events and bookings, over HTTP and through icalendar."""

from datetime import UTC, datetime

import icalendar
import pytest

from ..api import Api
from ..asserting import assert_problem
from ..builders import book, make_event

NOBODY = "0" * 24


@pytest.fixture
def ada(as_role):
    """Somebody who books."""
    return as_role("customer", name="Ada", email="ada@example.com")


@pytest.fixture
def event(organizer):
    """A published event."""
    return make_event(organizer, venue="Cellar", end_date="2031-06-01T23:00:00Z", timezone="Europe/Vienna")


def entry_of(response):
    """The one entry of a calendar file."""
    assert response.status_code == 200, response.data
    assert response.content_type == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(response.data)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
    (entry,) = calendar.walk("VEVENT")
    return entry


def of_event(api, event):
    return entry_of(api.get(f"/events/{event['id']}/calendar.ics"))


def of_booking(api, booking):
    return entry_of(api.get(f"/bookings/{booking['id']}/calendar.ics"))


def test_anybody_can_have_the_entry_of_an_event(client, event):
    entry = of_event(client, event)
    assert entry["UID"] == f"{event['id']}@booking-api"
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Jazz night", "Cellar")
    assert (entry["DESCRIPTION"], entry["STATUS"]) == ("All night.", "CONFIRMED")
    assert entry.decoded("DTSTART") == datetime(2031, 6, 1, 20, tzinfo=UTC)
    assert entry.decoded("DTEND") == datetime(2031, 6, 1, 23, tzinfo=UTC)
    assert entry.decoded("DTSTAMP") == datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_a_customer_can_have_the_entry_of_their_booking(ada, event):
    assert of_booking(ada, book(ada, event)) == of_event(ada, event)


def test_what_an_event_does_not_have_its_entry_does_not_have(client, organizer):
    entry = of_event(client, make_event(organizer, description=""))
    assert not {"DTEND", "LOCATION", "DESCRIPTION"} & set(entry)


def test_a_draft_has_an_entry_for_its_organizer_only(app, as_role, organizer, ada):
    draft = make_event(organizer, status="draft")
    path = f"/events/{draft['id']}/calendar.ics"
    assert of_event(organizer, draft)["SUMMARY"] == "Jazz night"
    for other in (Api(app.test_client()), ada, as_role("organizer")):
        assert_problem(other.get(path), 404, "event_not_found")


@pytest.mark.parametrize("event_id", [NOBODY, "nonsense"])
def test_an_event_that_is_not_there_has_no_entry(client, event_id):
    assert client.get(f"/events/{event_id}/calendar.ics").status_code == 404


def test_a_booking_has_an_entry_for_its_customer_only(app, as_role, organizer, ada, event):
    path = f"/bookings/{book(ada, event)['id']}/calendar.ics"
    assert_problem(as_role("customer").get(path), 404, "booking_not_found")
    assert organizer.get(path).status_code == 403
    assert Api(app.test_client()).get(path).status_code == 401
    assert_problem(ada.get(f"/bookings/{NOBODY}/calendar.ics"), 404, "booking_not_found")


def test_a_cancelled_event_is_cancelled_in_the_calendar_under_the_same_uid(client, organizer, ada, event):
    booking = book(ada, event)
    before = of_event(client, event)
    organizer.post(f"/events/{event['id']}/cancel")
    for after in (of_event(client, event), of_booking(ada, booking)):
        assert after["STATUS"] == "CANCELLED"
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_sequence_grows_with_each_edit_and_the_entry_is_the_newest(client, organizer, event, clock):
    sequences = [of_event(client, event)["SEQUENCE"]]
    for changes in ({"title": "Blues night"}, {"venue": "Attic"}, {"date": "2031-06-01T19:00:00Z"}):
        clock.advance(minutes=1)
        organizer.patch(f"/events/{event['id']}", changes)
        entry = of_event(client, event)
        assert entry.decoded("DTSTAMP") == clock()
        sequences.append(entry["SEQUENCE"])
    assert sequences == sorted(set(sequences))
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Blues night", "Attic")
    assert entry.decoded("DTSTART") == datetime(2031, 6, 1, 19, tzinfo=UTC)


def test_the_sequence_does_not_grow_with_a_sale(client, ada, event):
    before = of_event(client, event)
    book(ada, event)
    assert of_event(client, event) == before


@pytest.mark.parametrize(
    "words", ["Žofie, 李; שלום", "a" * 200, "🎷" * 100, "END:VEVENT", "back\\slash, comma; semicolon", 'say "hi"']
)
def test_any_words_come_out_as_they_went_in(client, organizer, words):
    entry = of_event(client, make_event(organizer, title=words, venue=words))
    assert (entry["SUMMARY"], entry["LOCATION"]) == (words, words)


def test_lines_of_a_description_do_not_become_lines_of_the_file(client, organizer):
    words = "One\nEND:VEVENT\nBEGIN:VALARM\r\nTwo"
    response = client.get(f"/events/{make_event(organizer, description=words)['id']}/calendar.ics")
    entry = entry_of(response)
    assert entry["DESCRIPTION"].splitlines() == words.splitlines()
    assert b"\r\nBEGIN:VALARM" not in response.data
    assert max(map(len, response.data.split(b"\r\n"))) <= 75
