"""What an event owes at a later time is owed once, on the date that the event has now."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications.service import ANNOUNCE_CHANGE, ANNOUNCE_REMINDER

from ..apps import mongomock_app
from ..builders import make_event

EDITS = 100


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock that gathers edits for half a minute."""
    return mongomock_app(clock, outgoing, update_notice_seconds=30)


@pytest.fixture
def pending(app):
    """When the pending jobs of a kind fall due."""
    rows = services_of(app)[Outbox].collection

    def find(kind):
        return [row["due_at"] for row in rows.find({"kind": kind, "state": "pending"})]

    return find


def edit(organizer, event, **fields):
    assert organizer.patch(f"/events/{event['id']}", fields).status_code == 200


def test_a_hundred_edits_leave_one_job_of_each_kind_with_the_last_date(organizer, pending, clock):
    event = make_event(organizer)
    for number in range(EDITS):
        day = datetime(2031, 6, 2, 20, tzinfo=UTC) + timedelta(days=number)
        edit(organizer, event, title=f"Night {number}", date=day.isoformat())
    assert pending(ANNOUNCE_REMINDER) == [day - timedelta(days=1)]
    assert pending(ANNOUNCE_CHANGE) == [clock() + timedelta(seconds=30)]


def test_publishing_a_draft_adds_no_job(organizer, pending):
    draft = make_event(organizer, status="draft")
    organizer.post(f"/events/{draft['id']}/publish")
    assert len(pending(ANNOUNCE_REMINDER)) == 1


def test_an_event_moved_to_within_a_day_owes_no_reminder(organizer, pending, clock):
    event = make_event(organizer)
    edit(organizer, event, date=(clock() + timedelta(hours=23)).isoformat())
    assert pending(ANNOUNCE_REMINDER) == []


def test_each_event_has_jobs_of_its_own(organizer, pending):
    for _ in range(3):
        edit(organizer, make_event(organizer), title="Blues night")
    assert len(pending(ANNOUNCE_REMINDER)) == len(pending(ANNOUNCE_CHANGE)) == 3


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_an_event_that_will_not_take_place_owes_neither_reminder_nor_notice(organizer, pending, end):
    kept, event = make_event(organizer), make_event(organizer)
    edit(organizer, event, title="Blues night")
    if end == "cancel":
        assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    else:
        assert organizer.delete(f"/events/{event['id']}").status_code == 204
    assert len(pending(ANNOUNCE_REMINDER)) == 1, kept
    assert pending(ANNOUNCE_CHANGE) == []


def test_an_event_that_was_booked_is_not_deleted_and_keeps_its_jobs(app, organizer, pending):
    event = make_event(organizer)
    events = services_of(app)[EventStore].collection
    events.update_one({"_id": ObjectId(event["id"])}, {"$set": {"ever_booked": True}})
    assert organizer.delete(f"/events/{event['id']}").status_code == 409
    assert len(pending(ANNOUNCE_REMINDER)) == 1
