"""Calendar entries of events, over HTTP and through parsers that are not ours."""

from datetime import UTC, datetime

import pytest

from booking_api.bookings import examples as booking_examples
from booking_api.bookings.calendar import of_bookings
from booking_api.events import calendar, examples
from booking_api.events.calendar import Publisher

from .. import calendars
from ..api import Api
from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import book, make_event, sign_up

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
    entry = calendars.entry_of(response.data)
    method = "CANCEL" if entry["STATUS"] == "CANCELLED" else "PUBLISH"
    assert response.content_type == f"text/calendar; charset=utf-8; method={method}"
    assert response.headers["Content-Disposition"] == 'attachment; filename="event.ics"'
    return entry


def of_event(api, event):
    return entry_of(api.get(f"/events/{event['id']}/calendar.ics"))


def test_anybody_can_have_the_entry_of_an_event(client, event):
    entry = of_event(client, event)
    assert entry["UID"] == f"{event['id']}@booking-api"
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Jazz night", "Cellar")
    assert (entry["DESCRIPTION"], entry["STATUS"]) == ("All night.", "CONFIRMED")
    assert entry.decoded("DTSTART") == datetime(2031, 6, 1, 20, tzinfo=UTC)
    assert entry.decoded("DTEND") == datetime(2031, 6, 1, 23, tzinfo=UTC)
    assert entry.decoded("DTSTAMP") == datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_what_an_event_does_not_have_its_entry_does_not_have(client, organizer):
    entry = of_event(client, make_event(organizer, description=""))
    assert not {"DTEND", "LOCATION", "DESCRIPTION"} & set(entry)


def test_a_draft_has_an_entry_for_its_organizer_only(app, as_role, organizer, ada):
    draft = make_event(organizer, status="draft")
    path = f"/events/{draft['id']}/calendar.ics"
    assert of_event(organizer, draft)["STATUS"] == "TENTATIVE"
    for other in (Api(app.test_client()), ada, as_role("organizer")):
        assert_problem(other.get(path), 404, "event_not_found")


@pytest.mark.parametrize("event_id", [NOBODY, "nonsense"])
def test_an_event_that_is_not_there_has_no_entry(client, event_id):
    assert client.get(f"/events/{event_id}/calendar.ics").status_code == 404


def test_a_cancelled_event_is_cancelled_in_the_calendar_under_the_same_uid(client, organizer, event):
    before = of_event(client, event)
    organizer.post(f"/events/{event['id']}/cancel")
    after = of_event(client, event)
    assert after["STATUS"] == "CANCELLED"
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_draft_that_is_published_is_confirmed_under_the_same_uid(organizer):
    draft = make_event(organizer, status="draft")
    before = of_event(organizer, draft)
    organizer.post(f"/events/{draft['id']}/publish")
    after = of_event(organizer, draft)
    assert (before["STATUS"], after["STATUS"]) == ("TENTATIVE", "CONFIRMED")
    assert after["UID"] == before["UID"] and after["SEQUENCE"] > before["SEQUENCE"]


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


def test_lines_of_a_description_do_not_become_lines_of_the_file(client, organizer):
    words = "One\nEND:VEVENT\nBEGIN:VALARM\r\nTwo"
    response = client.get(f"/events/{make_event(organizer, description=words)['id']}/calendar.ics")
    entry = entry_of(response)
    assert entry["DESCRIPTION"].splitlines() == words.splitlines()
    assert b"\r\nBEGIN:VALARM" not in response.data


def test_an_entry_names_its_organizer_and_not_the_organizers_address(client, as_role):
    organizer = as_role("organizer", name='Olga "Bo" Petrova; & Söhne', email="olga@private.example")
    event = make_event(organizer)
    response = client.get(f"/events/{event['id']}/calendar.ics")
    entry = entry_of(response)
    assert entry["ORGANIZER"].params["CN"] == "Olga 'Bo' Petrova; & Söhne"
    assert str(entry["ORGANIZER"]) == "mailto:bookings@localhost"
    assert b"private.example" not in response.data


def test_an_entry_leads_to_the_page_of_its_event_where_there_is_one(clock, outgoing, client, event):
    shop = mongomock_app(clock, outgoing, frontend_url="https://shop.example.com", email_from="Shop <t@shop.example>")
    organizer = sign_up(shop, "organizer")
    made = make_event(organizer)
    entry = of_event(organizer, made)
    assert entry["URL"] == f"https://shop.example.com/events/{made['id']}"
    assert str(entry["ORGANIZER"]) == "mailto:t@shop.example"
    assert "URL" not in of_event(client, event)


def test_the_files_that_the_documentation_shows_are_what_the_service_makes():
    shown = examples.EVENT
    moments = {name: datetime.fromisoformat(shown[name]) for name in ("date", "created_at", "updated_at")}
    event = shown | moments | {"_id": shown["id"], "version": 1}
    publisher = Publisher.of("bookings@localhost", None)
    assert calendar.of_event(publisher, event).render().decode() == examples.CALENDAR
    assert calendar.feed(publisher, "Events", [event]).render().decode() == examples.FEED
    booking = {"_id": booking_examples.BOOKING["id"], "status": "confirmed", "version": 1, "cancelled_at": None}
    booked = of_bookings(publisher, event, [booking | {"created_at": event["created_at"]}])
    assert booked.render().decode() == booking_examples.CALENDAR_ENTRY
