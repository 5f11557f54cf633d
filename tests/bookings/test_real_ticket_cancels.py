"""Cancelling some tickets of bookings on the real server: at once, beside sales and other ends, and after crashes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.cancellation import EventCancellation
from booking_api.bookings.service import BookingService
from booking_api.errors import Problem
from booking_api.events.change_store import ChangeStore
from booking_api.events.inventory import Inventory
from booking_api.events.stock import Line
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..builders import event_fields, make_event
from ..pids import CALM_SECONDS

ADA = ObjectId()
THREADS = 8


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def services(real_app, database, outgoing):
    """The services of two processes on one database."""
    return [services_of(app)[BookingService] for app in (real_app, create_app(SETTINGS, database=database))]


@pytest.fixture
def books_add_up(real_app, database):
    """Checks an event: the outside audit's equation, and both audits of ours."""

    def check(event):
        stored = database["events"].find_one({"_id": ObjectId(event["id"])})
        live = {"event_id": stored["_id"], "status": {"$in": ["held", "confirmed"]}}
        booked = sum(booking["quantity"] for booking in database["bookings"].find(live))
        assert stored["total_tickets"] == stored["available_tickets"] + booked
        for audit in (Audit, FeedAudit):
            assert not any(services_of(real_app)[audit].check())
        return stored["available_tickets"]

    return check


def book(service, event, quantity, customer=ADA):
    """Book tickets to an event."""
    ids = {"hold": False, "booking_id": ObjectId()}
    return service.book(customer, ObjectId(event["id"]), [Line(None, quantity)], **ids)


def ids_of(booking, *numbers):
    """The ids of the tickets with these numbers."""
    return frozenset(booking["tickets"][number]["_id"] for number in numbers)


def all_at_once(calls):
    """Make all calls at once; the answer or the refusal of each."""
    begin = threading.Barrier(len(calls))

    def make(call):
        begin.wait(CALM_SECONDS)
        try:
            return call()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def test_a_ticket_cancelled_many_times_at_once_goes_back_on_sale_once(organizer, services, books_add_up, database):
    event = make_event(organizer)
    booking = book(services[0], event, 3)
    calls = [
        lambda service=services[number % 2]: service.cancel(booking["_id"], ADA, ids_of(booking, 1))
        for number in range(THREADS)
    ]
    assert {answer["quantity"] for answer in all_at_once(calls)} == {2}
    assert books_add_up(event) == 8
    assert database["outbox"].count_documents({"kind": "notifications.tickets_cancelled"}) == 1
    stored = database["bookings"].find_one({"_id": booking["_id"]})
    assert (stored["version"], stored["quantity"], len(stored["tickets"])) == (2, 2, 3)


def test_different_tickets_cancelled_at_once_are_all_gone(organizer, services, books_add_up, database):
    event = make_event(organizer)
    booking = book(services[0], event, 6)
    calls = [
        lambda number=number: services[number % 2].cancel(
            booking["_id"], ADA, ids_of(booking, number, (number + 1) % 6)
        )
        for number in range(4)
    ]
    all_at_once(calls)
    stored = database["bookings"].find_one({"_id": booking["_id"]})
    assert [ticket.get("cancelled_at") is not None for ticket in stored["tickets"]] == [True] * 5 + [False]
    assert (stored["status"], stored["quantity"]) == ("confirmed", 1)
    assert books_add_up(event) == 9


def test_cancelling_parts_beside_sales_and_whole_cancels_keeps_the_sum(organizer, services, books_add_up):
    types = [{"name": "Seat", "price": 2500, "total": 40}, {"name": "Stand", "price": 1000, "total": 40}]
    fields = {name: value for name, value in event_fields(ticket_types=types).items() if name != "total_tickets"}
    event = organizer.post("/events", fields).json
    event_id, (seat, stand) = ObjectId(event["id"]), [ObjectId(kind["id"]) for kind in event["ticket_types"]]

    def change_minds(number):
        service, customer = services[number % 2], ObjectId()
        for turn in range(6):
            lines = [Line(seat, 2), Line(stand, 1 + turn % 2)]
            booking = service.book(customer, event_id, lines, hold=False, booking_id=ObjectId())
            service.cancel(booking["_id"], customer, ids_of(booking, turn % 3))
            if turn % 2:
                service.cancel(booking["_id"], customer)

    with ThreadPoolExecutor(THREADS // 2) as pool:
        list(pool.map(change_minds, range(THREADS // 2)))
    left = books_add_up(event)
    assert left == 80 - 4 * 3 * 2  # each has three bookings left, of three tickets less one


def test_cancelling_a_part_beside_the_events_cancel_loses_and_doubles_nothing(
    real_app, organizer, services, books_add_up, database
):
    event = make_event(organizer, total_tickets=100)
    bookings = [book(services[0], event, 3, ObjectId()) for _ in range(12)]
    cancellation = services_of(real_app)[EventCancellation]
    calls = [
        lambda booking=booking: services[1].cancel(booking["_id"], booking["customer_id"], ids_of(booking, 0))
        for booking in bookings
    ]
    organizer_id = ObjectId(organizer.user["id"])
    all_at_once([*calls, lambda: cancellation.cancel(ObjectId(event["id"]), organizer_id, None)])
    assert books_add_up(event) == 100
    assert database["bookings"].count_documents({"status": "cancelled"}) == 12


def test_what_fails_before_the_commit_has_cancelled_nothing(organizer, services, books_add_up, database, monkeypatch):
    event = make_event(organizer)
    booking = book(services[0], event, 3)
    before = database["bookings"].find_one({"_id": booking["_id"]})
    for where, step in ((Inventory, "move_stock"), (ChangeStore, "insert")):
        done, times = getattr(where, step), count()

        def lost(self, *args, done=done, times=times):
            result = done(self, *args)
            if not next(times):
                raise OSError("lost")
            return result

        monkeypatch.setattr(where, step, lost)
        with pytest.raises(OSError, match="lost"):
            services[0].cancel(booking["_id"], ADA, ids_of(booking, 0))
        assert database["bookings"].find_one({"_id": booking["_id"]}) == before
        assert database["outbox"].count_documents({"kind": "notifications.tickets_cancelled"}) == 0
        assert books_add_up(event) == 7
    assert services[0].cancel(booking["_id"], ADA, ids_of(booking, 0))["quantity"] == 2
    assert books_add_up(event) == 8


def test_the_audit_sees_a_ticket_that_was_cancelled_without_its_quantity(real_app, organizer, services, database):
    event = make_event(organizer)
    booking = book(services[0], event, 3)
    services[0].cancel(booking["_id"], ADA, ids_of(booking, 0))
    database["bookings"].update_one({}, {"$unset": {"tickets.0.cancelled_at": ""}})
    (fault,) = [fault for faults in services_of(real_app)[Audit].check() for fault in faults]
    assert fault.endswith("1 bookings have another quantity than items or tickets")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        ({"cancelled_ticket_ids": [ObjectId(), ObjectId()]}, "change 3 names 2 tickets, and leaves 1 fewer"),
        ({"cancelled_ticket_ids": []}, "change 3 names 0 tickets, and leaves 1 fewer"),
        ({"booking.status": "held"}, "change 3 is booking.cancelled of a booking that is held"),
        ({"booking.quantity": 3}, "change 3 names 1 tickets, and leaves 0 fewer"),
    ],
)
def test_the_audit_of_the_feed_proves_what_a_part_was(real_app, organizer, services, database, spoil, fault):
    event = make_event(organizer)
    booking = book(services[0], event, 3)
    services[0].cancel(booking["_id"], ADA, ids_of(booking, 0))
    changes = {f"changes.0.data.{name}": value for name, value in spoil.items()}
    database["changes"].update_one({"first": 3}, {"$set": changes})
    found = [each for faults in services_of(real_app)[FeedAudit].check() for each in faults]
    assert f"event {event['id']}: {fault}" in found


def test_the_audit_of_the_feed_sees_a_ticket_cancelled_twice(real_app, organizer, services, database):
    event = make_event(organizer)
    booking = book(services[0], event, 3)
    for number in range(2):
        services[0].cancel(booking["_id"], ADA, ids_of(booking, number))
    again = {"changes.0.data.cancelled_ticket_ids": list(ids_of(booking, 0))}
    database["changes"].update_one({"first": 4}, {"$set": again})
    (found,) = [each for faults in services_of(real_app)[FeedAudit].check() for each in faults]
    assert found == f"event {event['id']}: change 4 cancels 1 tickets for a second time"
