"""The limit of change notices on the real server: announced by many at once, and over the death of a process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.http.services import services_of
from booking_api.jobs.model import new_row
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.rules import CHANGE
from booking_api.notifications.service import ANNOUNCE_CHANGE, ANNOUNCE_REMINDER
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS, run_jobs
from ..builders import book, make_event, sign_up
from .elapsed_time import pass_time, pending

OLD_JOBS = 100


@pytest.fixture
def make_app(indexed, database, outgoing, clock):
    """Makes an app as one more process of the service, with a clock that the test moves."""

    def make():
        made = create_app(SETTINGS, database=database, sender=outgoing, clock=clock)
        services_of(made)[Stores].ensure_indexes()
        return made

    return make


@pytest.fixture
def app(make_app):
    """The first process."""
    return make_app()


@pytest.fixture
def organizer(app):
    """Who makes the event."""
    return sign_up(app, "organizer")


@pytest.fixture
def event(app, organizer, outgoing):
    """An event that one customer has booked, and has heard so."""
    made = make_event(organizer)
    book(sign_up(app, "customer"), made)
    run_jobs(app)
    outgoing.messages.clear()
    return made


def edit(organizer, event, title):
    assert organizer.patch(f"/events/{event['id']}", {"title": title}).status_code == 200


def old_jobs(database, kind, clock, payloads):
    """Jobs as versions before the schedule wrote them, a row for each edit."""
    database["outbox"].insert_many([new_row(kind, payload, clock(), clock()) for payload in payloads])


def test_many_who_announce_at_once_make_no_more_notices_than_five(app, database, organizer, event, clock):
    jobs = services_of(app)[JobRunner]
    for number in range(3):
        edit(organizer, event, f"Title {number}")
        run_jobs(app)

    def edit_and_announce(number):
        edit(organizer, event, f"More {number}")
        copy = new_row(ANNOUNCE_CHANGE, {"event_id": ObjectId(event["id"])}, clock(), clock())
        database["outbox"].insert_one(copy)
        jobs.run([copy["_id"]])

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(edit_and_announce, number) for number in range(24)]:
            done.result()
    edit(organizer, event, "The last one")
    run_jobs(app)
    assert database["notices"].count_documents({"kind": CHANGE}) == 5
    assert pending(app, ANNOUNCE_CHANGE) == [clock() + timedelta(days=1)]


def test_a_notice_that_waits_is_told_by_another_process_after_the_first_has_died(
    app, make_app, organizer, event, outgoing, clock
):
    for number in range(7):
        edit(organizer, event, f"Title {number}")
        if number < 6:
            run_jobs(app)
    outgoing.messages.clear()
    survivor = make_app()
    pass_time(survivor, clock, hours=23)
    assert outgoing.messages == []
    pass_time(survivor, clock, hours=1)
    (message,) = outgoing.messages
    assert "Title 6" in message.text and "before: Title 4)" in message.text


def test_the_many_jobs_of_an_older_version_tell_and_remind_once(app, database, organizer, event, outgoing, clock):
    event_id = ObjectId(event["id"])
    stored = database["events"].find_one({"_id": event_id})
    dates = [stored["date"] + timedelta(days=number) for number in range(OLD_JOBS)]
    old_jobs(database, ANNOUNCE_CHANGE, clock, [{"event_id": event_id}] * OLD_JOBS)
    old_jobs(database, ANNOUNCE_REMINDER, clock, [{"event_id": event_id, "date": date} for date in [*dates, *dates]])
    edit(organizer, event, "Blues night")
    run_jobs(app)
    assert sorted(message.template for message in outgoing.messages) == ["event_changed", "reminder"]
    assert len(pending(app, ANNOUNCE_REMINDER)) == 1
    assert pending(app, ANNOUNCE_CHANGE) == []
