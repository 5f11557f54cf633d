"""How many events one organizer may have ahead."""

from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.events import spans
from booking_api.events.rules import CANCELLED, DRAFT, PUBLISHED
from booking_api.events.store import EventStore

from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import event_fields, make_event, sign_up

MOST = 3


@pytest.fixture
def app(clock, outgoing):
    """An app with room for a few events of each organizer."""
    return mongomock_app(clock, outgoing, max_events_per_organizer=MOST)


def test_an_organizer_may_have_so_many_events_ahead_and_no_more(app, organizer):
    for _ in range(MOST):
        make_event(organizer)
    assert_problem(organizer.post("/events", event_fields()), 409, "too_many_events")
    make_event(sign_up(app, "organizer"))  # another one may


@pytest.mark.parametrize("status", ["draft", "published"])
def test_drafts_count_and_so_do_events_that_are_cancelled(organizer, status):
    events = [make_event(organizer, status=status) for _ in range(MOST)]
    assert organizer.post(f"/events/{events[0]['id']}/cancel", {}).status_code == 200
    assert_problem(organizer.post("/events", event_fields()), 409, "too_many_events")


def test_a_deleted_event_makes_room(organizer):
    event, *_ = [make_event(organizer) for _ in range(MOST)]
    assert organizer.delete(f"/events/{event['id']}").status_code == 204
    make_event(organizer)


def test_an_event_that_has_taken_place_makes_room_and_a_draft_does_not(clock, app):
    organizer = sign_up(app, "organizer")
    soon = (clock() + timedelta(minutes=2)).isoformat()
    make_event(organizer, date=soon, status="draft")
    for _ in range(MOST - 1):
        make_event(organizer, date=soon)
    clock.advance(minutes=3)
    for _ in range(MOST - 1):
        make_event(organizer)
    assert_problem(organizer.post("/events", event_fields()), 409, "too_many_events")


def test_a_request_that_is_sent_again_hears_of_the_event_that_it_has_made(organizer):
    headers = {"Idempotency-Key": "once"}
    for _ in range(MOST - 1):
        make_event(organizer)
    first, again = (organizer.post("/events", event_fields(), headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]


def test_counting_reads_no_event_but_the_keys_of_an_index(database):
    store = EventStore(database["events"])
    store.collection.create_indexes(store.INDEXES)
    organizer, now = ObjectId(), datetime(2030, 1, 1)
    days = {PUBLISHED: (-1, 1, 2), CANCELLED: (-1, 1), DRAFT: (-1, 1)}
    made = [{"status": status, "date": now + timedelta(days=day)} for status in days for day in days[status]]
    for days, length in ((-3, 2), (-3, 4), (-20, 19), (-20, 21), (1, 2)):  # the first and the third are over
        dates = {"date": now + timedelta(days=days), "end_date": now + timedelta(days=days + length)}
        made.append({"status": PUBLISHED, **dates, "span": spans.span_of(dates)})
    store.collection.insert_many([event | {"organizer_id": organizer} for event in made])
    store.collection.insert_many([event | {"organizer_id": ObjectId(), "_id": ObjectId()} for event in made])
    database.command("profile", 2)
    assert store.count_ahead(organizer, now, 100, None) == 8
    assert store.count_ahead(organizer, now, 4, None) == 4
    database.command("profile", 0)
    seeks = 2 * len(spans.running(now, None))  # for each of the two statuses, one for each branch
    looks = list(database["system.profile"].find({"op": "command", "command.aggregate": "events"}))
    assert [(look["docsExamined"], look["keysExamined"] < 16 + seeks) for look in looks] == [(0, True)] * 2
