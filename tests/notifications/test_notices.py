"""Notices to all bookers: what they say, to whom they go, and when."""

from datetime import timedelta

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import FAST_PATH_SECONDS, Outbox
from booking_api.jobs.runner import JobRunner

from ..apps import mongomock_app
from ..builders import book, log_in_again, make_event

WINDOW = 30


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock that gathers edits for half a minute."""
    return mongomock_app(clock, outgoing, update_notice_seconds=WINDOW)


@pytest.fixture
def event(organizer, ada, told):
    """A published event that Ada has booked, and has heard so."""
    made = make_event(organizer, venue="Cellar")
    book(ada, made)
    told()
    return made


@pytest.fixture
def change(organizer, event):
    """Changes the event."""

    def patch(notify="true", **fields):
        response = organizer.patch(f"/events/{event['id']}", fields, query_string={"notify": notify})
        assert response.status_code == 200

    return patch


@pytest.fixture
def told(app, clock, outgoing):
    """Runs what is due by now, and then returns the messages since the last time."""
    services = services_of(app)
    jobs, rows = services[JobRunner], services[Outbox].collection

    def run(template=None):
        fast = {"state": "pending", "attempts": 0}
        while due := list(rows.find(fast | {"due_at": {"$lte": clock() + timedelta(seconds=FAST_PATH_SECONDS)}})):
            jobs.run([row["_id"] for row in due])
        messages = [message for message in outgoing.messages if template in (None, message.template)]
        outgoing.messages.clear()
        return messages

    return run


def wait(clock, seconds=WINDOW):
    clock.advance(seconds=seconds)


def test_a_change_is_told_when_the_window_has_passed_with_before_and_after(event, change, told, clock):
    change(title="Blues night", venue="Attic")
    wait(clock, WINDOW - FAST_PATH_SECONDS - 1)
    assert told() == []
    wait(clock, FAST_PATH_SECONDS + 1)
    (message,) = told()
    assert (message.line, message.subject) == (
        "Event update notification sent to ada@example.com",
        "Changed: Blues night",
    )
    for words in (message.text, message.html):
        assert all(fact in words for fact in ("Jazz night", "Blues night", "Cellar", "Attic"))


def test_a_change_of_an_event_that_has_begun_is_told_while_it_runs(organizer, ada, told, clock):
    event = make_event(organizer, date="2030-01-02T12:00:00Z", end_date="2030-01-12T12:00:00Z", venue="Cellar")
    book(ada, event)
    clock.advance(days=2)
    told()
    organizer = log_in_again(organizer)
    assert organizer.patch(f"/events/{event['id']}", {"venue": "Attic"}).status_code == 200
    wait(clock)
    assert [message.subject for message in told("event_changed")] == ["Changed: Jazz night"]


def test_edits_within_the_window_are_one_notice_with_the_final_difference(event, change, told, clock):
    for title, venue in (("Blues night", "Attic"), ("Folk night", "Roof"), ("Soul night", "Cellar")):
        change(title=title, venue=venue)
        wait(clock, 9)
    wait(clock)
    (message,) = told()
    assert "Jazz night" in message.text and "Soul night" in message.text
    assert not any(fact in message.text for fact in ("Blues", "Folk", "Attic", "Roof", "Venue"))
    wait(clock)
    assert told() == []


def test_the_window_is_not_put_off_by_later_edits(event, change, told, clock):
    change(title="Blues night")
    wait(clock, WINDOW - 5)
    change(venue="Attic")
    wait(clock, 5)
    (message,) = told()
    assert "Blues night" in message.text and "Attic" in message.text


def test_an_edit_undone_within_the_window_is_not_told(event, change, told, clock):
    change(title="Blues night")
    wait(clock, 10)
    change(title="Jazz night")
    wait(clock, WINDOW * 2)
    assert told() == []


def test_a_silent_edit_is_told_neither_at_once_nor_by_the_next_notice(event, change, told, clock):
    change(notify="false", title="Blues night")
    wait(clock)
    assert told() == []
    change(venue="Attic")
    wait(clock)
    (message,) = told()
    assert "Attic" in message.text and "Jazz night" not in message.text


def test_a_silent_edit_within_the_window_leaves_the_other_edit_to_be_told(event, change, told, clock):
    change(venue="Attic")
    change(notify="false", title="Blues night")
    wait(clock)
    (message,) = told()
    assert "Attic" in message.text and "Cellar" in message.text and "Jazz night" not in message.text


def test_a_silent_edit_does_not_silence_an_earlier_edit_that_is_still_to_be_told(event, change, told, clock):
    change(title="Blues night")
    change(notify="false", title="Blues night", description="With a typo mended.")
    wait(clock)
    (message,) = told()
    assert "Jazz night" in message.text and "Blues night" in message.text


def test_whoever_booked_before_the_edit_is_told_though_that_machines_clock_is_ahead(event, change, bob, told, clock):
    clock.advance(seconds=5)
    book(bob, event)
    clock.advance(seconds=-5)
    change(title="Blues night")
    wait(clock)
    assert sorted(message.to for message in told("event_changed")) == ["ada@example.com", "bob@example.com"]


def test_who_booked_after_the_edit_has_seen_it_and_is_not_told(event, change, bob, told, clock):
    change(title="Blues night")
    wait(clock, 5)
    book(bob, event)
    wait(clock)
    assert [message.to for message in told("event_changed")] == ["ada@example.com"]


def test_who_booked_between_two_edits_is_told_of_the_second(event, change, bob, told, clock):
    change(title="Blues night")
    wait(clock, 5)
    book(bob, event)
    wait(clock, 5)
    change(venue="Attic")
    wait(clock)
    assert sorted(message.to for message in told("event_changed")) == ["ada@example.com", "bob@example.com"]


def test_who_booked_before_a_later_edit_is_told_of_it(event, change, bob, told, clock):
    change(title="Blues night")
    wait(clock, 5)
    book(bob, event)
    wait(clock)
    told()
    change(title="Folk night")
    wait(clock)
    assert sorted(message.to for message in told()) == ["ada@example.com", "bob@example.com"]


def test_each_booker_is_told_once_however_many_bookings(event, change, ada, bob, told, clock):
    for person in (ada, ada, bob, bob):
        book(person, event)
    told()
    wait(clock)
    change(title="Blues night")
    wait(clock)
    assert sorted(message.to for message in told()) == ["ada@example.com", "bob@example.com"]


def test_a_draft_that_is_changed_and_then_published_is_told_to_nobody(organizer, told, clock):
    draft = make_event(organizer, status="draft")
    organizer.patch(f"/events/{draft['id']}", {"title": "Blues night"})
    organizer.post(f"/events/{draft['id']}/publish")
    wait(clock)
    assert told() == []


def test_a_cancelled_booking_has_its_receipt(ada, organizer, told):
    event = make_event(organizer)
    booking = book(ada, event)
    told()
    for _ in range(2):
        assert ada.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    (message,) = told()
    assert (message.template, message.to) == ("booking_cancelled", "ada@example.com")
    assert booking["id"] in message.text and "Jazz night" in message.text


def test_a_cancelled_event_is_told_with_the_reason_and_not_with_receipts(organizer, event, ada, bob, told):
    book(ada, event)
    bob.post("/bookings", {"event_id": event["id"], "quantity": 1, "hold": True})
    told()
    organizer.post(f"/events/{event['id']}/cancel", {"reason": "The singer\nis ill."})
    messages = told()
    assert sorted(message.to for message in messages) == ["ada@example.com", "bob@example.com"]
    assert {message.template for message in messages} == {"event_cancelled"}
    assert all("The singer\nis ill." in message.text for message in messages)


def test_who_cancelled_before_is_not_told_that_the_event_is_cancelled(organizer, event, bob, told):
    bob.post(f"/bookings/{book(bob, event)['id']}/cancel")
    told()
    organizer.post(f"/events/{event['id']}/cancel")
    assert [message.to for message in told()] == ["ada@example.com"]
