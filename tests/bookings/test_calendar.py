"""The calendar entry of a booking follows what becomes of the booking and of its event."""

import pytest

from ..api import Api
from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import book, hold, make_event
from ..calendars import entry_of

NOBODY = "0" * 24


@pytest.fixture
def ada(as_role):
    """Somebody who books."""
    return as_role("customer", name="Ada", email="ada@example.com")


@pytest.fixture
def event(as_role, organizer):
    """A published event."""
    return make_event(organizer, venue="Cellar", end_date="2031-06-01T23:00:00Z")


@pytest.fixture
def entry(ada):
    """Downloads the entry of Ada's booking."""

    def read(booking):
        response = ada.get(f"/bookings/{booking['id']}/calendar.ics")
        assert response.status_code == 200, response.data
        found = entry_of(response.data)
        method = "CANCEL" if found["STATUS"] == "CANCELLED" else "PUBLISH"
        assert response.content_type == f"text/calendar; charset=utf-8; method={method}"
        assert response.headers["Content-Disposition"] == 'attachment; filename="event.ics"'
        return found

    return read


def assert_follows(before, after, status):
    """Check that an entry replaces an earlier one, with this status."""
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTAMP") >= before.decoded("DTSTAMP")
    assert after["STATUS"] == status


def test_a_booking_has_an_entry_for_its_customer_only(app, as_role, organizer, ada, event):
    path = f"/bookings/{book(ada, event)['id']}/calendar.ics"
    assert_problem(as_role("customer").get(path), 404, "booking_not_found")
    assert organizer.get(path).status_code == 403
    assert Api(app.test_client()).get(path).status_code == 401
    assert_problem(ada.get(f"/bookings/{NOBODY}/calendar.ics"), 404, "booking_not_found")


def test_a_booking_is_an_entry_with_what_its_event_has(client, organizer, ada, event, entry):
    booking = book(ada, event)
    mine, public = entry(booking), entry_of(client.get(f"/events/{event['id']}/calendar.ics").data)
    assert (mine["UID"], mine["STATUS"]) == (f"{booking['id']}@booking-api", "CONFIRMED")
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION", "DTSTART", "DTEND", "ORGANIZER"):
        assert mine[name] == public[name]
    assert mine["ORGANIZER"].params["CN"] == organizer.user["name"]


def test_two_bookings_of_one_event_are_two_entries(ada, event, entry):
    kept, given_back = book(ada, event), book(ada, event)
    ada.post(f"/bookings/{given_back['id']}/cancel")
    assert entry(kept)["UID"] != entry(given_back)["UID"]
    assert (entry(kept)["STATUS"], entry(given_back)["STATUS"]) == ("CONFIRMED", "CANCELLED")


def test_a_hold_is_tentative_until_it_is_confirmed(ada, event, entry, clock):
    booking = hold(ada, event)
    before = entry(booking)
    assert before["STATUS"] == "TENTATIVE"
    clock.advance(minutes=1)
    ada.post(f"/bookings/{booking['id']}/confirm")
    assert_follows(before, entry(booking), "CONFIRMED")


def test_a_booking_that_its_customer_cancels_is_cancelled(ada, event, entry, clock):
    booking = book(ada, event)
    before = entry(booking)
    clock.advance(minutes=1)
    ada.post(f"/bookings/{booking['id']}/cancel")
    after = entry(booking)
    assert_follows(before, after, "CANCELLED")
    assert after.decoded("DTSTAMP") == clock()


def test_a_hold_that_runs_out_is_cancelled(app, ada, event, entry, clock):
    booking = hold(ada, event)
    before = entry(booking)
    clock.advance(minutes=16)
    run_jobs(app)
    after = entry(booking)
    assert_follows(before, after, "CANCELLED")
    assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")


def test_a_booking_is_cancelled_with_its_event(organizer, ada, event, entry, clock):
    booking, held = book(ada, event), hold(ada, event)
    before = entry(booking), entry(held)
    clock.advance(minutes=1)
    organizer.post(f"/events/{event['id']}/cancel")
    for earlier, later in zip(before, (entry(booking), entry(held)), strict=True):
        assert_follows(earlier, later, "CANCELLED")


def test_an_entry_is_cancelled_as_soon_as_its_event_is(app, organizer, ada, event, entry, monkeypatch):
    monkeypatch.setattr("booking_api.bookings.live_bookings.LiveBookings.cancel_some", lambda *_: 0)
    booking = book(ada, event)
    before = entry(booking)
    organizer.post(f"/events/{event['id']}/cancel")
    assert ada.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"
    between = entry(booking)
    assert_follows(before, between, "CANCELLED")
    monkeypatch.undo()
    run_jobs(app)
    assert_follows(between, entry(booking), "CANCELLED")


def test_a_booking_follows_every_change_of_its_event(organizer, ada, event, entry, clock):
    booking = book(ada, event)
    before = entry(booking)
    for changes in ({"title": "Blues night"}, {"venue": "Attic"}, {"date": "2031-06-01T19:00:00Z"}):
        clock.advance(minutes=1)
        organizer.patch(f"/events/{event['id']}", changes)
        after = entry(booking)
        assert_follows(before, after, "CONFIRMED")
        assert after.decoded("DTSTAMP") == clock()
        before = after
    assert (before["SUMMARY"], before["LOCATION"]) == ("Blues night", "Attic")


def test_the_names_in_an_entry_are_no_links_since_mails_have_it_too(as_role, ada, entry):
    organizer = as_role("organizer", name="www.evil.example")
    made = entry(book(ada, make_event(organizer, title="http://evil.example/win", venue="x@evil.example")))
    names = (str(made["SUMMARY"]), str(made["LOCATION"]), made["ORGANIZER"].params["CN"])
    assert names == ("http: / /evil. example/win", "x @ evil. example", "www. evil. example")
