"""A change that is undone before it was told: to whom that matters, and to whom it does not."""

from datetime import timedelta

import pytest

from ..apps import mongomock_app
from ..builders import book, make_event
from .elapsed_time import pass_time

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock that gathers edits for half a minute."""
    return mongomock_app(clock, outgoing, update_notice_seconds=30)


def test_an_edit_undone_while_it_waits_is_not_told(app, started, edit, spend, told, clock):
    event = started(DAY * 30)
    spend(event)
    edit(event, venue="Attic")
    edit(event, venue="Cellar")
    pass_time(app, clock, days=3)
    assert told() == []


def test_who_booked_by_what_was_undone_while_it_waited_is_told_and_nobody_else(
    app, started, edit, spend, bob, told, clock
):
    event = started(DAY * 30)
    spend(event)
    edit(event, venue="Attic")
    book(bob, event)
    edit(event, venue="Cellar")
    told()
    pass_time(app, clock, days=3)
    (message,) = told()
    assert message.to == "bob@example.com"
    assert "Venue: Cellar\n(before: Attic)" in message.text


def test_who_booked_by_a_sooner_date_that_was_undone_is_told_before_it(app, started, edit, spend, bob, told, clock):
    event, began = started(HOUR * 20), clock()
    spend(event)
    edit(event, date=(began + HOUR * 10).isoformat())
    book(bob, event)
    edit(event, date=event["date"])
    told()
    pass_time(app, clock, seconds=(began + HOUR * 7 - clock()).total_seconds() + 10)
    assert [message.to for message in told()] == ["bob@example.com"]


@pytest.fixture
def edit_and_undo(app, organizer, clock):
    """Changes the venue of an event and takes that back at once, and lets a day pass."""

    def patch(event):
        for venue in ("Attic", "Cellar"):
            assert organizer.patch(f"/events/{event['id']}", {"venue": venue}).status_code == 200
        pass_time(app, clock, days=1)

    return patch


def test_who_booked_after_an_edit_was_undone_is_not_told_of_the_next_such(started, edit_and_undo, bob, told):
    event = started(DAY * 30)
    edit_and_undo(event)
    book(bob, event)
    edit_and_undo(event)
    assert told() == []


def test_an_edit_undone_after_a_draft_was_published_is_told_to_nobody(
    app, organizer, ada, edit, edit_and_undo, told, clock
):
    event = make_event(organizer, status="draft", venue="Cellar")
    edit(event, venue="Attic")
    edit(event, venue="Cellar")
    assert organizer.post(f"/events/{event['id']}/publish").status_code == 200
    book(ada, event)
    pass_time(app, clock, seconds=30)
    edit_and_undo(event)
    assert told() == []
