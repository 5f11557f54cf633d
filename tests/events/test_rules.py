"""What may become of an event."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_api.errors import ValidationFailed
from booking_api.events import rules

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER, EARLIER = NOW + HOUR, NOW - HOUR


def test_a_cancelled_event_is_not_live():
    rules.require_live({"status": "published"})
    rules.require_live({"status": "draft"})
    with pytest.raises(rules.EventCancelled):
        rules.require_live({"status": "cancelled"})


@pytest.mark.parametrize(("date", "end"), [(LATER, None), (EARLIER, LATER), (NOW, LATER), (LATER, LATER + HOUR)])
def test_an_event_runs_to_its_end(date, end):
    rules.require_not_over({"date": date, "end_date": end}, NOW)


@pytest.mark.parametrize(("date", "end"), [(NOW, None), (EARLIER, None), (EARLIER, NOW), (EARLIER - HOUR, EARLIER)])
def test_an_event_is_over_at_its_end_or_at_its_beginning_without_one(date, end):
    with pytest.raises(rules.EventPast):
        rules.require_not_over({"date": date, "end_date": end}, NOW)


@pytest.mark.parametrize(
    ("changes", "event", "field"),
    [
        ({"date": NOW}, {}, "date"),
        ({"date": EARLIER, "end_date": LATER}, {}, "date"),
        ({"date": LATER, "end_date": LATER}, {}, "end_date"),
        ({"end_date": NOW}, {"date": LATER}, "end_date"),
        ({"date": LATER}, {"date": NOW, "end_date": LATER}, "end_date"),
        ({"date": EARLIER}, {"date": EARLIER - HOUR}, "date"),
        ({"end_date": NOW}, {"date": EARLIER, "end_date": LATER}, "end_date"),
        ({"end_date": None}, {"date": EARLIER, "end_date": LATER}, "end_date"),
        ({"sale_starts": LATER, "sale_ends": LATER}, {"date": LATER}, "sale_ends"),
        ({"sale_ends": NOW}, {"date": LATER, "sale_starts": NOW}, "sale_ends"),
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
        ({"date": EARLIER}, {"date": EARLIER, "end_date": LATER}),
        ({"date": EARLIER, "end_date": LATER + HOUR}, {"date": EARLIER, "end_date": LATER}),
        ({"end_date": None}, {"date": LATER, "end_date": LATER + HOUR}),
        ({"end_date": None, "date": LATER}, {"date": EARLIER, "end_date": LATER}),
        ({"sale_starts": EARLIER, "sale_ends": NOW}, {"date": LATER}),
    ],
)
def test_dates_that_fit_together_are_accepted(changes, event):
    rules.require_dates(changes, event, NOW)


DAY = timedelta(days=1)
MONTHS = NOW + timedelta(days=150)
SHOW = {"date": MONTHS, "end_date": None, "venue": "Hall"}


def edited(event, changes, now=NOW):
    """The event after an edit of it."""
    return event | changes | rules.cancel_grace(changes, event, now)


@pytest.mark.parametrize(
    ("event", "changes", "until"),
    [
        (SHOW, {"date": NOW + timedelta(seconds=2)}, NOW + DAY),  # over in 2 s, but it was not to be for months
        (SHOW, {"venue": "Cellar"}, NOW + DAY),
        (SHOW, {"end_date": MONTHS + DAY}, NOW + DAY),
        (SHOW | {"date": LATER}, {"venue": "Cellar"}, LATER),
        (SHOW | {"date": LATER}, {"date": MONTHS}, NOW + DAY),
        (SHOW | {"date": EARLIER, "end_date": LATER}, {"venue": "Cellar"}, LATER),
        (SHOW | {"date": EARLIER, "end_date": LATER}, {"end_date": NOW + timedelta(seconds=2)}, LATER),
        (SHOW | {"date": EARLIER, "end_date": LATER}, {"end_date": None}, LATER),
        (SHOW | {"date": EARLIER}, {"venue": "Cellar"}, EARLIER),
    ],
)
def test_a_change_that_matters_lets_customers_cancel_for_a_day_until_it_is_over(event, changes, until):
    assert rules.cancel_grace(changes, event, NOW) == {"cancel_grace_until": until}


@pytest.mark.parametrize(
    "changes", [{}, {"title": "x"}, {"date": MONTHS}, {"end_date": None, "venue": "Hall"}, {"total_tickets": 5}]
)
def test_an_edit_that_moves_nothing_opens_no_grace(changes):
    assert rules.cancel_grace(changes, SHOW, NOW) == {}


@pytest.mark.parametrize(
    "dates",
    [
        [NOW + DAY, NOW + timedelta(seconds=4)],
        [NOW + timedelta(seconds=4), NOW + timedelta(seconds=5), NOW + timedelta(seconds=6)],
        [MONTHS + DAY, NOW + timedelta(seconds=3), MONTHS, NOW + timedelta(seconds=5)],
    ],
)
def test_no_chain_of_changes_shortens_what_the_first_has_given(dates):
    event = SHOW
    for seconds, date in enumerate(dates):
        at = NOW + timedelta(seconds=seconds)
        event = edited(event, {"date": date}, at)
        assert NOW + DAY <= event["cancel_grace_until"] <= at + DAY


@pytest.mark.parametrize(
    ("event", "until"),
    [
        ({"date": LATER, "end_date": None}, LATER),
        ({"date": LATER, "end_date": MONTHS}, LATER),
        ({"date": LATER, "end_date": None, "cancel_until": NOW}, NOW),
        ({"date": NOW, "end_date": MONTHS, "cancel_until": LATER}, LATER),
        ({"date": NOW, "end_date": LATER, "cancel_until": MONTHS}, LATER),
        ({"date": NOW, "end_date": MONTHS, "cancel_until": EARLIER, "cancel_grace_until": LATER}, LATER),
        ({"date": MONTHS, "end_date": None, "cancel_grace_until": LATER}, MONTHS),
    ],
)
def test_customers_may_cancel_until_the_organizer_says_and_after_a_change(event, until):
    assert rules.cancellable_until(event) == until


@pytest.mark.parametrize("total", [6, 7, 1000])
def test_there_is_room_for_what_is_taken(total):
    rules.require_room(total, {"total_tickets": 10, "available_tickets": 4})


@pytest.mark.parametrize("total", [0, 5])
def test_there_is_no_room_for_fewer_tickets_than_are_taken(total):
    with pytest.raises(rules.TicketsAlreadySold) as refusal:
        rules.require_room(total, {"total_tickets": 10, "available_tickets": 4})
    assert refusal.value.members == {"tickets_taken": 6}
