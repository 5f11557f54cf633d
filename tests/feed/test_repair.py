"""Feeds while an older version, which knows of none, sells the same events: `migrate` tells what it did."""

import pytest
from bson import ObjectId

from booking_api.bookings.audit import Audit
from booking_api.clock import now
from booking_api.events.change_store import ChangeStore
from booking_api.feed.audit import FeedAudit
from booking_api.feed.repair import BATCH, FeedRepair
from booking_api.http.services import services_of

from ..builders import book, make_event


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def event(as_real_role, customer):
    """An event with a booking of two tickets."""
    made = make_event(as_real_role("organizer"), total_tickets=1000)
    book(customer, made, 2)
    return made


@pytest.fixture
def repair(real_app):
    """Repairs all feeds; returns how many bookings were added."""
    return services_of(real_app)[FeedRepair].repair


@pytest.fixture
def told(real_app, event):
    """The types of the bookings' changes that the feed tells."""
    store = services_of(real_app)[ChangeStore]
    return lambda: [each.change["type"] for each in store.read(ObjectId(event["id"]), 0, 10_000)][1:]


@pytest.fixture
def faults(real_app):
    """What both audits find."""
    services = services_of(real_app)
    return lambda: [
        fault for audit in (services[Audit], services[FeedAudit]) for found in audit.check() for fault in found
    ]


@pytest.fixture
def older(database):
    """What an older version does: it writes bookings and stock, and no changes."""
    return Older(database["bookings"], database["events"])


class Older:
    """The version before the feed."""

    def __init__(self, bookings, events):
        self.bookings, self.events = bookings, events

    def book(self, **fields):
        """Book a ticket like somebody before."""
        copy = self.bookings.find_one({"status": "confirmed"}) | {"_id": ObjectId(), "created_at": now()} | fields
        self.bookings.insert_one(copy)
        if copy["status"] in ("held", "confirmed"):
            self.events.update_one({}, {"$inc": {"available_tickets": -copy["quantity"]}})
        return copy["_id"]

    def cancel(self, booking_id):
        """Cancel one."""
        found = self.bookings.find_one_and_update({"_id": booking_id}, {"$set": {"status": "cancelled"}})
        self.events.update_one({}, {"$inc": {"available_tickets": found["quantity"]}})


def test_what_an_older_version_did_is_told_afterwards(event, customer, older, repair, told, faults):
    older.cancel(ObjectId(book(customer, event)["id"]))
    older.book()
    assert faults() != []
    assert repair() == 2
    assert told()[:2] == ["booking.confirmed"] * 2
    assert sorted(told()[2:]) == ["booking.cancelled", "booking.confirmed"]
    assert faults() == []
    assert repair() == 0


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("held", ["booking.held"]),
        ("expired", ["booking.held", "booking.expired"]),
        ("cancelled", ["booking.confirmed", "booking.cancelled"]),
    ],
)
def test_a_booking_that_came_and_ended_meanwhile_is_told_from_its_beginning(
    older, repair, told, faults, status, changes
):
    older.book(status=status)
    assert repair() == 1
    assert told()[1:] == changes
    assert faults() == []


def test_more_bookings_than_fit_in_a_transaction_are_told(older, database, repair, told, faults):
    model = older.bookings.find_one({})
    rows = [model | {"_id": ObjectId()} for _ in range(BATCH + 1)]
    older.bookings.insert_many([row | {"status": "expired"} for row in rows])
    assert repair() == BATCH + 1
    assert len(told()) == 1 + 2 * (BATCH + 1)
    assert faults() == []


def test_bookings_of_an_event_from_before_the_feed_are_left_alone(older, database, repair, told):
    database["changes"].delete_many({})
    older.events.update_one({}, {"$unset": {"sequence": ""}})
    older.book()
    assert (repair(), told()) == (0, [])


def test_a_feed_that_grows_meanwhile_is_read_again(event, customer, older, repair, told, faults, monkeypatch, real_app):
    older.book()
    compare, asked = FeedAudit.compare, []

    def and_then_sell(self, *args):
        found = compare(self, *args)
        asked.append(len(asked))
        if len(asked) == 1:
            book(customer, event)
        return found

    monkeypatch.setattr(FeedAudit, "compare", and_then_sell)
    assert repair() == 1
    assert len(asked) == 3
    assert faults() == []
