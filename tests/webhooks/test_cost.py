"""What webhooks cost a sale: nothing where nobody follows, and one insert where somebody does."""

import pymongo
import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..builders import book, make_event, sign_up
from ..commands_sent import Counting
from .driving import make_webhook

SALE = [
    ("insert", "bookings"),
    ("insert", "outbox"),
    ("findAndModify", "events"),
    ("insert", "changes"),
    ("commitTransaction", 1),
]


@pytest.fixture
def sent():
    """The commands that are sent to the database of `watched`."""
    return Counting()


@pytest.fixture
def watched(mongod, indexed, database, sent, outgoing, receiving):
    """An app whose commands are counted."""
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        receivers = receiving.receivers
        app = create_app(SETTINGS, database=client[database.name], sender=outgoing, receivers=receivers, clock=now)
        services_of(app)[Stores].ensure_indexes()
        yield app


def commands_of_a_sale(sent, customer, event):
    """What a sale of a known event sends, but for what is asked every few seconds: who is followed, who logged out."""
    book(customer, event)
    sent.seen.clear()
    book(customer, event)
    return [(name, what) for name, what in sent.seen if what not in ("webhooks", "sessions")]


def test_a_sale_costs_one_insert_more_if_somebody_follows_and_nothing_otherwise(watched, sent):
    organizer, customer = sign_up(watched, "organizer"), sign_up(watched, "customer")
    make_webhook(sign_up(watched, "organizer"))  # of somebody else
    event = make_event(organizer)
    unfollowed = commands_of_a_sale(sent, customer, event)
    assert unfollowed == SALE
    make_webhook(organizer)
    *sale, commit = SALE
    assert commands_of_a_sale(sent, customer, event) == [*sale, ("insert", "outbox"), commit]
