"""What may become of an event."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_api.errors import ValidationFailed
from booking_api.events import rules

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EARLIER = NOW - timedelta(hours=1)


@pytest.mark.parametrize("status", rules.STATUSES)
def test_an_organizer_owns_an_event_in_any_status(status):
    event = {"status": status, "organizer_id": 1}
    assert rules.require_owner(event, 1) is event
    assert rules.require_visible(event, 1) is event


def test_an_event_that_is_not_there_is_not_found():
    for require in (rules.require_owner, rules.require_visible):
        with pytest.raises(rules.EventNotFound):
            require(None, 1)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [("draft", rules.EventNotFound), ("published", rules.NotYourEvent), ("cancelled", rules.NotYourEvent)],
)
def test_an_event_of_somebody_else_is_refused(status, refusal):
    with pytest.raises(refusal):
        rules.require_owner({"status": status, "organizer_id": 2}, 1)


def test_a_draft_of_somebody_else_is_not_visible():
    with pytest.raises(rules.EventNotFound):
        rules.require_visible({"status": "draft", "organizer_id": 2}, None)


def test_a_cancelled_event_is_not_live():
    rules.require_live({"status": "published"})
    rules.require_live({"status": "draft"})
    with pytest.raises(rules.EventCancelled):
        rules.require_live({"status": "cancelled"})


@pytest.mark.parametrize("date", [EARLIER, NOW])
def test_an_event_that_begins_now_is_past(date):
    rules.require_future({"date": LATER}, NOW)
    with pytest.raises(rules.EventPast):
        rules.require_future({"date": date}, NOW)


@pytest.mark.parametrize(
    ("changes", "event", "field"),
    [
        ({"date": NOW}, {}, "date"),
        ({"date": EARLIER, "end_date": LATER}, {}, "date"),
        ({"date": LATER, "end_date": LATER}, {}, "end_date"),
        ({"end_date": NOW}, {"date": LATER}, "end_date"),
        ({"date": LATER}, {"date": NOW, "end_date": LATER}, "end_date"),
    ],
)
def test_dates_that_do_not_fit_together_are_refused(changes, event, field):
    with pytest.raises(ValidationFailed) as refusal:
        rules.require_dates(changes, event, NOW)
    assert refusal.value.members["errors"].keys() == {field}


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({"date": LATER}, {}),
        ({"date": LATER, "end_date": None}, {}),
        ({"title": "x"}, {"date": EARLIER, "end_date": None}),
        ({"end_date": LATER}, {"date": NOW}),
    ],
)
def test_dates_that_fit_together_are_accepted(changes, event):
    rules.require_dates(changes, event, NOW)


@pytest.mark.parametrize("total", [6, 7, 1000])
def test_there_is_room_for_what_is_taken(total):
    rules.require_room(total, {"total_tickets": 10, "available_tickets": 4})


@pytest.mark.parametrize("total", [0, 5])
def test_there_is_no_room_for_fewer_tickets_than_are_taken(total):
    with pytest.raises(rules.TicketsAlreadySold) as refusal:
        rules.require_room(total, {"total_tickets": 10, "available_tickets": 4})
    assert refusal.value.members == {"tickets_taken": 6}
