"""Guests whose names stand in their mail, and what happens to their event in the course of time."""

import pytest
from bson import ObjectId
from pymongo.database import Database

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications import service as notifications

from ..apps import run_jobs
from ..builders import book, make_event
from .elapsed_time import pass_time

GUESTS, BATCH = 11, 3


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


@pytest.fixture
def outbox(real_app):
    """The outbox of the app."""
    return services_of(real_app)[Outbox]


@pytest.fixture
def guests(real_app, as_real_role, outgoing, monkeypatch):
    """An event with bookers, who have heard so, of which three are told at a time; its organizer, it, and they."""
    monkeypatch.setattr(notifications, "GUESTS_A_BATCH", BATCH)
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    event = make_event(organizer, total_tickets=100)
    booking = book(customer, event)
    database = services_of(real_app)[Database]
    run_jobs(real_app)
    user, stored = (
        database[name].find_one({"_id": ObjectId(found)})
        for name, found in (("users", customer.user["id"]), ("bookings", booking["id"]))
    )
    emails = [customer.user["email"]]
    for number in range(1, GUESTS):
        emails.append(f"guest{number}@example.com")
        copy = {"_id": ObjectId(), "email": emails[-1], "email_key": emails[-1]}
        database["users"].insert_one(user | copy)
        theirs = [stored | {"_id": ObjectId(), "customer_id": copy["_id"]} for _ in range(1 + number % 4)]
        database["bookings"].insert_many(theirs)
        database["events"].update_one({"_id": stored["event_id"]}, {"$inc": {"available_tickets": -len(theirs)}})
    outgoing.messages.clear()
    return organizer, event, emails
