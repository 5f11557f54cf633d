"""The reminder a day before an event: once, to who still has a booking, and when the event really is."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.notice_mails import TELL

from ..apps import run_jobs
from ..builders import book, make_event

DAY_BEFORE = datetime(2031, 5, 31, 20, tzinfo=UTC)  # of an event at `FUTURE`


@pytest.fixture
def event(organizer, ada, told):
    """A published event that Ada has booked, and has heard so."""
    made = make_event(organizer)
    book(ada, made)
    told()
    return made


@pytest.fixture
def move(organizer, event):
    """Moves the event without a word."""

    def patch(date):
        response = organizer.patch(f"/events/{event['id']}", {"date": date}, query_string={"notify": "false"})
        assert response.status_code == 200

    return patch


@pytest.fixture
def told(app, outgoing):
    """Runs what is due by now, and then returns the messages since the last time."""

    def run():
        run_jobs(app)
        messages = list(outgoing.messages)
        outgoing.messages.clear()
        return messages

    return run


def test_bookers_are_reminded_a_day_before_once(event, ada, told, clock):
    book(ada, event)
    told()
    clock.now = DAY_BEFORE - timedelta(minutes=2)
    assert told() == []
    clock.now = DAY_BEFORE
    (message,) = told()
    assert (message.template, message.to) == ("reminder", "ada@example.com")
    assert "Jazz night" in message.text and "Sunday, 1 June 2031, 20:00 UTC" in message.text
    clock.advance(hours=23)
    assert told() == []


def refused_a_day_before(told, outgoing, clock, monkeypatch):
    """The mail server refuses the reminder when it is due."""

    def refuse(_message):
        raise ConnectionRefusedError

    clock.now = DAY_BEFORE
    monkeypatch.setattr(outgoing, "send", refuse)
    assert told() == []
    monkeypatch.undo()


def try_again(app):
    """Run every job that is still owed, now."""
    services = services_of(app)
    services[JobRunner].run([row["_id"] for row in services[Outbox].collection.find({"state": "pending"})])


def test_a_reminder_that_is_delayed_past_midnight_says_today(app, event, told, outgoing, clock, monkeypatch):
    refused_a_day_before(told, outgoing, clock, monkeypatch)
    clock.now = datetime(2031, 6, 1, 0, 1, tzinfo=UTC)
    try_again(app)
    (message,) = outgoing.messages
    assert message.subject == "Today: Jazz night"
    assert "it begins today:" in message.text


def test_the_reminder_moves_with_the_event(event, move, told, clock):
    move(date="2031-06-11T20:00:00Z")
    clock.now = DAY_BEFORE
    assert told() == []
    clock.advance(days=10)
    assert [message.template for message in told()] == ["reminder"]


def test_an_event_moved_there_and_back_is_reminded_of_once(event, move, told, clock):
    move(date="2031-06-11T20:00:00Z")
    move(date=event["date"])
    clock.now = DAY_BEFORE
    assert [message.template for message in told()] == ["reminder"]
    clock.advance(days=10)
    assert told() == []


def test_a_cancelled_event_is_not_reminded_of(organizer, event, told, clock):
    organizer.post(f"/events/{event['id']}/cancel")
    told()
    clock.now = DAY_BEFORE
    assert told() == []


def test_who_cancelled_is_not_reminded(event, bob, told, clock):
    bob.post(f"/bookings/{book(bob, event)['id']}/cancel")
    told()
    clock.now = DAY_BEFORE
    assert [message.to for message in told()] == ["ada@example.com"]


@pytest.mark.parametrize("status", ["draft", "published"])
def test_an_event_made_as_a_draft_or_not_is_reminded_of_once(organizer, ada, told, clock, status):
    event = make_event(organizer, status=status)
    organizer.post(f"/events/{event['id']}/publish")
    book(ada, event)
    told()
    clock.now = DAY_BEFORE
    assert [message.template for message in told()] == ["reminder"]


def test_an_event_within_a_day_is_not_reminded_of(organizer, ada, told, clock):
    soon = (clock() + timedelta(hours=23)).isoformat()
    book(ada, make_event(organizer, date=soon))
    assert [message.template for message in told()] == ["confirmation"]
    for _ in range(24):
        clock.advance(hours=1)
        assert told() == []


@pytest.mark.parametrize(("hours", "reminded"), [(23, ["reminder"]), (24, [])])
def test_a_reminder_that_could_not_be_sent_is_not_sent_once_the_event_has_begun(
    app, event, told, outgoing, clock, monkeypatch, hours, reminded
):
    refused_a_day_before(told, outgoing, clock, monkeypatch)
    clock.now = DAY_BEFORE + timedelta(hours=hours)
    try_again(app)
    assert [message.template for message in outgoing.messages] == reminded
    assert services_of(app)[Outbox].collection.count_documents({"state": "pending", "kind": TELL}) == 0
