"""The audit of feeds on the real server: silent where they add up, a line for each fault where they do not."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.clock import now
from booking_api.feed.audit import FeedAudit, follow
from booking_api.http.services import services_of

from ..builders import book, hold, make_event

LONG_AGO = timedelta(days=30)
UNTOLD = "its feed does not tell what has become of 1 bookings"


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def event(organizer, customer):
    """An event whose feed has five changes: it was made, two were booked, one was held, and one cancelled."""
    made = make_event(organizer)
    book(customer, made)
    cancelled = book(customer, made)
    hold(customer, made)
    customer.post(f"/bookings/{cancelled['id']}/cancel")
    return made


@pytest.fixture
def found(real_app, event):
    """Runs the audit: the faults of the event, in their order."""
    prefix = f"event {event['id']}: "
    return lambda: [
        fault.removeprefix(prefix) for faults in services_of(real_app)[FeedAudit].check() for fault in faults
    ]


@pytest.fixture
def changes(database):
    """The collection of changes."""
    return database["changes"]


@pytest.fixture
def bookings(database):
    """The collection of bookings."""
    return database["bookings"]


def test_several_feeds_are_right(found, organizer, customer):
    for _ in range(3):
        make_event(organizer)
        other = make_event(organizer)
        book(customer, other, 2)
        organizer.patch(f"/events/{other['id']}", {"total_tickets": 5})
        organizer.post(f"/events/{other['id']}/cancel")
    assert found() == []


def test_a_gap_is_reported(found, changes):
    changes.delete_one({"first": 3})
    assert found() == [
        "change 4 follows change 2",
        "change 5 is booking.cancelled of a booking that was None",
    ]


def test_a_number_that_was_given_twice_is_reported(found, changes, database):
    changes.drop_indexes()
    twin = changes.find_one({"first": 2})
    changes.insert_one(twin | {"_id": ObjectId(), "event_id": ObjectId()})
    assert found() == []  # the feed of another event
    changes.update_one({"first": 4}, {"$set": {"first": 3, "last": 3}})
    assert "change 3 follows change 3" in found()


def test_a_change_that_is_missing_at_the_end_is_reported(found, changes):
    changes.delete_one({"first": 5})
    assert found() == [
        "its last change is 4, and 5 were counted",
        "its feed does not tell what has become of 1 bookings",
    ]


def test_a_feed_that_is_missing_is_reported_unless_it_may_be_too_old(found, changes, database):
    changes.delete_many({})
    assert found() == ["its last change is None, and 5 were counted"]
    database["events"].update_one({}, {"$set": {"updated_at": now() - LONG_AGO}})
    assert found() == []


def test_changes_that_are_no_longer_kept_are_no_fault(found, changes):
    changes.delete_many({"first": {"$lt": 4}})
    assert found() == []


def test_a_change_that_another_one_contradicts_is_reported(found, changes):
    changes.update_one({"first": 5}, {"$set": {"changes.0.type": "booking.expired"}})
    assert found() == ["change 5 is booking.expired of a booking that was confirmed"]


@pytest.mark.parametrize("change", [{"quantity": 3}, {"amount": 7}, {"status": "cancelled"}])
def test_a_booking_of_which_the_feed_tells_otherwise_is_reported(found, bookings, change):
    bookings.update_one({"status": "confirmed"}, {"$set": change})
    assert found() == [UNTOLD]


@pytest.mark.parametrize(("owed", "amount", "faults"), [(40, 60, []), (40, 101, [UNTOLD]), (0, 60, [UNTOLD])])
def test_money_that_is_on_its_way_back_may_have_lowered_what_a_booking_costs(
    found, bookings, changes, owed, amount, faults
):
    row = changes.find_one({"changes.type": "booking.confirmed"})
    bookings.update_one(
        {"_id": row["changes"][0]["data"]["booking"]["id"]}, {"$set": {"amount": amount, "payment": {"owed": owed}}}
    )
    changes.update_one({"_id": row["_id"]}, {"$set": {"changes.0.data.booking.amount": 100}})
    assert found() == faults


@pytest.mark.parametrize(
    ("refund", "right"), [({"booking_amount": 60}, [60]), ({}, [60, 99, 100]), ({"booking_amount": 100}, [100])]
)
def test_money_that_went_back_is_told_with_what_the_booking_costs_after_it(refund, right):
    booking_id = ObjectId()
    booking = {"id": booking_id, "status": "confirmed", "quantity": 1, "amount": 100}
    parts = [
        {"type": "booking.confirmed", "data": {"booking": booking}},
        {"type": "payment.refunded", "data": {"payment": {"booking_id": booking_id, "amount": 40} | refund}},
    ]
    told = follow([{"first": 2, "last": 3, "changes": parts}])
    stored = {"_id": booking_id, "status": "confirmed", "quantity": 1, "tickets": [], "payment": {"owed": 0}}
    assert [amount for amount in (60, 99, 100, 101) if told.is_told(stored | {"amount": amount})] == right


def test_a_booking_that_is_not_in_the_feed_is_reported(found, bookings):
    bookings.insert_one(bookings.find_one({"status": "confirmed"}) | {"_id": ObjectId()})
    assert found() == [UNTOLD]


def test_a_booking_that_is_only_in_the_feed_is_reported(found, bookings):
    bookings.delete_one({"status": "held"})
    assert found() == ["its feed tells of 1 bookings that do not exist"]


def test_bookings_from_before_the_feed_are_no_fault(found, bookings, changes, database):
    changes.delete_many({})
    database["events"].update_one({}, {"$unset": {"sequence": ""}})
    bookings.insert_one(bookings.find_one({"status": "confirmed"}) | {"_id": ObjectId()})
    assert found() == []
