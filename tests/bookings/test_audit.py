"""The audit on the real server: silent where the books add up, a line for each fault where they do not."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import audit
from booking_api.bookings.audit import Audit
from booking_api.clock import now
from booking_api.events import reader
from booking_api.http.services import services_of

from ..builders import book, event_fields, make_event

LONG_AGO = timedelta(hours=1)


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
    """An event with ten tickets, of which two are booked and one is held."""
    made = make_event(organizer)
    book(customer, made, 2)
    assert customer.post("/bookings", {"event_id": made["id"], "quantity": 1, "hold": True}).status_code == 201
    return made


@pytest.fixture
def typed(organizer, customer):
    """An event with two ticket types, of both of which something is booked."""
    types = [{"name": "Seat", "price": 1, "total": 4}, {"name": "Stand", "price": 1, "total": 6}]
    body = {name: value for name, value in event_fields(ticket_types=types).items() if name != "total_tickets"}
    made = organizer.post("/events", body).json
    items = [{"ticket_type_id": kind["id"], "quantity": 2} for kind in made["ticket_types"]]
    assert customer.post("/bookings", {"event_id": made["id"], "items": items}).status_code == 201
    return made


@pytest.fixture
def found(real_app):
    """Runs the audit: its faults, in their order."""
    return lambda: [fault for faults in services_of(real_app)[Audit].check() for fault in faults]


@pytest.fixture
def events(database):
    """The collection of events."""
    return database["events"]


@pytest.fixture
def bookings(database):
    """The collection of bookings."""
    return database["bookings"]


def copy(booking, **changes):
    """Another booking like this one."""
    return booking | {"_id": ObjectId(), "created_at": now()} | changes


def run_command(app):
    """`flask audit`, which runs in the app's context."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["audit"])


def test_nothing_is_wrong_with_an_empty_database(found):
    assert found() == []


def test_a_lively_database_passes(found, organizer, customer, event, typed):
    cancelled = book(customer, event)
    customer.post(f"/bookings/{cancelled['id']}/cancel")
    other = make_event(organizer)
    book(customer, other, 2)
    organizer.post(f"/events/{other['id']}/cancel")
    organizer.patch(f"/events/{event['id']}", {"total_tickets": 5})
    make_event(organizer, status="draft")
    assert found() == []


def test_wrong_stock_is_reported_with_its_difference(found, events, event):
    events.update_one({}, {"$inc": {"available_tickets": 1}})
    assert found() == [f"event {event['id']}: 10 in all, but 8 on sale and 3 booked: +1"]
    events.update_one({}, {"$inc": {"available_tickets": -3}})
    assert found() == [f"event {event['id']}: 10 in all, but 5 on sale and 3 booked: -2"]


def test_a_stock_below_zero_is_reported_even_if_the_sum_is_right(found, events, event):
    events.update_one({}, {"$set": {"available_tickets": -1, "total_tickets": 2}})
    assert found() == [f"event {event['id']}: -1 tickets are on sale"]


def test_the_wrong_stock_of_a_type_is_reported_by_its_name(found, events, typed):
    change = {"ticket_types.0.available": 1, "ticket_types.1.available": -1}
    events.update_one({}, {"$inc": change})
    assert found() == [
        f"event {typed['id']}: ticket type 'Seat': 4 in all, but 3 on sale and 2 booked: +1",
        f"event {typed['id']}: ticket type 'Stand': 6 in all, but 3 on sale and 2 booked: -1",
    ]


def test_sums_that_are_not_those_of_the_types_are_reported(found, events, typed):
    events.update_one({}, {"$inc": {"total_tickets": 1, "available_tickets": 1}})
    assert found() == [f"event {typed['id']}: its totals are not the sums of its ticket types'"]


def test_a_booking_of_a_type_that_is_not_the_events_is_reported(found, bookings, typed):
    bookings.update_one({}, {"$set": {"items.0.ticket_type_id": ObjectId()}})
    assert f"event {typed['id']}: 1 booked ticket types are not among its own" in found()


def test_tickets_booked_of_an_event_cancelled_long_ago_are_reported(found, events, event):
    events.update_one({}, {"$set": {"status": "cancelled", "updated_at": now()}})
    assert found() == []  # its bookings are being cancelled
    events.update_one({}, {"$set": {"updated_at": now() - LONG_AGO}})
    assert found() == [f"event {event['id']}: is cancelled, and 3 tickets are still booked"]


def test_a_hold_long_overdue_is_reported(found, bookings, event):
    bookings.update_one({"status": "held"}, {"$set": {"hold_expires_at": now() - timedelta(seconds=30)}})
    assert found() == []  # its expiry is about to run
    bookings.update_one({"status": "held"}, {"$set": {"hold_expires_at": now() - LONG_AGO}})
    assert found() == [f"event {event['id']}: has holds that should have expired"]


def test_bookings_of_no_event_are_reported_once_for_each_event(found, bookings, event):
    lost = ObjectId()
    booking = bookings.find_one({"status": "confirmed"})
    bookings.insert_many([copy(booking, event_id=lost), copy(booking, event_id=lost, status="cancelled")])
    assert found() == [f"event {lost}: does not exist, and has bookings"]


@pytest.mark.parametrize(
    ("change", "besides"),
    [
        ({"$set": {"quantity": 3}}, ["10 in all, but 7 on sale and 4 booked: +1"]),
        ({"$pop": {"tickets": 1}}, []),
    ],
)
def test_a_booking_whose_parts_do_not_agree_is_reported(found, bookings, event, change, besides):
    bookings.update_one({"status": "confirmed"}, change)
    faults = [*besides, "1 bookings have another quantity than items or tickets"]
    assert found() == [f"event {event['id']}: {fault}" for fault in faults]


def test_an_uneven_booking_of_several_types_is_one_booking(found, bookings, typed):
    bookings.update_one({}, {"$pop": {"tickets": 1}})
    assert found() == [f"event {typed['id']}: 1 bookings have another quantity than items or tickets"]


def test_a_live_booking_without_items_is_reported(found, bookings, event):
    """Outside audits add up `quantity`, so a booking that has one and no items must not be overlooked."""
    booking = bookings.find_one({"status": "confirmed"})
    bookings.insert_one(copy(booking, items=[]))
    assert any("another quantity" in fault for fault in found())


def test_a_key_that_made_two_bookings_within_a_day_is_reported(found, bookings, events, event):
    booking = bookings.find_one({"status": "confirmed"})
    bookings.update_one({"_id": booking["_id"]}, {"$set": {"idempotency_key": "key-1"}})
    twin = copy(booking, idempotency_key="key-1")
    bookings.insert_one(twin)
    events.update_one({}, {"$inc": {"available_tickets": -2}})
    assert found() == [f"customer {booking['customer_id']}: the idempotency key 'key-1' made 2 bookings"]
    bookings.update_one({"_id": twin["_id"]}, {"$set": {"created_at": booking["created_at"] + timedelta(days=1)}})
    assert found() == []  # after a day the key may be used anew
    bookings.update_one({"_id": twin["_id"]}, {"$set": {"created_at": now(), "customer_id": ObjectId()}})
    assert found() == []  # and by somebody else at any time


def test_one_order_with_one_key_that_made_two_bookings_is_reported(found, bookings, events, customer, organizer):
    event = make_event(organizer)
    order = {"event_id": event["id"], "quantity": 1}
    assert customer.post("/bookings", order, headers={"Idempotency-Key": "key-1"}).status_code == 201
    booking = bookings.find_one({})
    bookings.insert_one(copy(booking))  # as if the key had been overlooked
    events.update_one({}, {"$inc": {"available_tickets": -1}})
    digest = booking["idempotency_key"]
    assert found() == [f"customer {booking['customer_id']}: the idempotency key {digest!r} made 2 bookings"]


def test_two_orders_that_a_key_came_with_are_no_fault_for_the_first_may_have_failed(
    found, database, bookings, customer, organizer
):
    event = make_event(organizer)
    for quantity in (1, 2):
        order = {"event_id": event["id"], "quantity": quantity}
        assert customer.post("/bookings", order, headers={"Idempotency-Key": "key-1"}).status_code == 201
        # As if the answer was not kept: it was a 503, though the booking was made.
        freed = {"$unset": {"sealed": ""}, "$set": {"running_until": now()}}
        database["idempotency_keys"].update_one({}, freed)
    assert bookings.count_documents({}) == 2
    assert found() == []


def test_a_key_used_again_after_its_day_is_no_fault_where_its_booking_was_late(
    found, bookings, events, customer, organizer
):
    event = make_event(organizer)
    order = {"event_id": event["id"], "quantity": 1}
    assert customer.post("/bookings", order, headers={"Idempotency-Key": "key-1"}).status_code == 201
    booking = bookings.find_one({})
    bookings.insert_one(copy(booking, created_at=booking["created_at"] + timedelta(hours=24, seconds=-9)))
    events.update_one({}, {"$inc": {"available_tickets": -1}})
    assert found() == []


def test_every_event_is_looked_at_in_whatever_batches(found, events, organizer, monkeypatch):
    monkeypatch.setattr(audit, "EVENT_BATCH", 2)
    monkeypatch.setattr(reader, "SNAPSHOT_BATCH", 2)
    made = [make_event(organizer) for _ in range(5)]
    events.update_many({}, {"$inc": {"available_tickets": 1}})
    assert found() == [f"event {one['id']}: 10 in all, but 11 on sale and 0 booked: +1" for one in made]


def test_the_command_leaves_with_0_when_all_is_well(real_app, event, typed):
    result = run_command(real_app)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "2 events audited, 0 faults."


def test_the_command_prints_a_line_for_each_fault_and_leaves_with_1(real_app, events, bookings, event, typed):
    events.update_one({"_id": ObjectId(event["id"])}, {"$inc": {"available_tickets": 1}})
    bookings.update_one({"status": "held"}, {"$set": {"hold_expires_at": now() - LONG_AGO}})
    result = run_command(real_app)
    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if line] == [
        f"event {event['id']}: 10 in all, but 8 on sale and 3 booked: +1",
        f"event {event['id']}: has holds that should have expired",
        "2 events audited, 2 faults.",
    ]
