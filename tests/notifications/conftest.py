"""Guests whose names stand in their mail, and what happens to their event in the course of time."""

import pytest

from ..builders import book, make_event
from .elapsed_time import pass_time


@pytest.fixture
def ada(as_role):
    """Somebody who books."""
    return as_role("customer", name="Ada", email="ada@example.com")


@pytest.fixture
def bob(as_role):
    """Somebody else who books."""
    return as_role("customer", name="Bob", email="bob@example.com")


@pytest.fixture
def told(outgoing):
    """The change notices since the last time."""

    def take(template="event_changed"):
        messages = [message for message in outgoing.messages if message.template == template]
        outgoing.messages.clear()
        return messages

    return take


@pytest.fixture
def started(app, organizer, ada, clock, told):
    """Makes an event that begins so far from now, and that Ada has booked and heard so."""

    def make(wait):
        event = make_event(organizer, date=(clock() + wait).isoformat(), venue="Cellar")
        book(ada, event)
        pass_time(app, clock, seconds=10)
        told()
        return event

    return make


@pytest.fixture
def edit(app, organizer, clock):
    """Changes an event, and then lets half a minute pass."""

    def patch(event, notify="true", **fields):
        answer = organizer.patch(f"/events/{event['id']}", fields, query_string={"notify": notify})
        assert answer.status_code == 200, answer.json
        pass_time(app, clock, seconds=30)

    return patch


@pytest.fixture
def spend(edit, told):
    """Uses up the notices of a day."""

    def edits(event):
        for number in range(5):
            edit(event, title=f"Spent {number}")
        assert len(told()) == 5

    return edits
