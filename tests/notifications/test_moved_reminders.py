"""The one reminder of an event, when the event is moved while the reminder is being worked on: on the real server."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking_api import create_app
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.service import ANNOUNCE_REMINDER
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS, run_jobs
from ..builders import book, make_event, sign_up

DATE = datetime(2031, 6, 1, 20, tzinfo=UTC)
NEW_DATE = DATE + timedelta(days=10)
DAY = timedelta(days=1)


@pytest.fixture
def app(indexed, database, outgoing, clock):
    """An app on the real server with a clock that the test moves."""
    made = create_app(SETTINGS, database=database, sender=outgoing, clock=clock)
    services_of(made)[Stores].ensure_indexes()
    return made


@pytest.fixture
def move(app):
    """Moves an event that one customer has booked and has heard so."""
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    event = make_event(organizer, date=DATE.isoformat())
    book(customer, event)
    run_jobs(app)

    def patch():
        fields = {"date": NEW_DATE.isoformat()}
        assert organizer.patch(f"/events/{event['id']}", fields, query_string={"notify": "false"}).status_code == 200

    return patch


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_date_that_comes_while_the_reminder_is_worked_on_is_not_lost(app, move, outgoing, clock, moment, monkeypatch):
    outbox, jobs = services_of(app)[Outbox], services_of(app)[JobRunner]
    original = outbox.kinds[ANNOUNCE_REMINDER]

    @contextmanager
    def moved_meanwhile(rows):
        with original.handler(rows) as handle:

            def work(job):
                if moment == "before":
                    move()
                handle(job)
                if moment == "after":
                    move()

            yield work

    outgoing.messages.clear()
    clock.now = DATE - DAY
    monkeypatch.setitem(outbox.kinds, ANNOUNCE_REMINDER, replace(original, handler=moved_meanwhile))
    (due,) = outbox.collection.find({"kind": ANNOUNCE_REMINDER})
    jobs.run([due["_id"]])
    monkeypatch.undo()
    run_jobs(app)
    told_of_the_first_date = len(outgoing.messages)
    assert told_of_the_first_date == (0 if moment == "before" else 1)
    clock.now = NEW_DATE - DAY
    run_jobs(app)
    assert [message.template for message in outgoing.messages[told_of_the_first_date:]] == ["reminder"]
    assert "11 June 2031" in outgoing.messages[-1].text
