"""Waiting lists on the real MongoDB: one transaction frees and offers, and nobody else comes in between."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Expiry
from booking_api.bookings.sales import Sales
from booking_api.bookings.store import BookingStore
from booking_api.errors import Problem
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.waitlist.requests import JoinWaitlist
from booking_api.waitlist.service import WaitlistService
from booking_api.waitlist.store import WaitlistStore

from ..apps import run_jobs
from ..builders import book, make_event
from ..pids import eventually
from .people import all_faults, cancel, entry, join, shown


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture(autouse=True)
def _nothing_is_wrong(real_app):
    yield
    assert all_faults(real_app) == []


def crowd(app, event, size, quantity=1, least=None):
    """Let so many people join, without accounts."""
    sales = services_of(app)[Sales]
    requests = [
        (ObjectId(event["id"]), JoinWaitlist(ObjectId(), ObjectId(), None, quantity, least or quantity))
        for _ in range(size)
    ]
    for start in range(0, size, 100):
        sales.commit(requests[start : start + 100])


def order(app, event, quantity=1):
    """Try to book for somebody; return the problem if there is one."""
    try:
        request = Order(ObjectId(), ObjectId(), (Line(None, quantity),))
        services_of(app)[Sales].apply(ObjectId(event["id"]), request)
    except Problem as problem:
        return problem
    return None


def entries(app, **conditions):
    """The entries that are so, in order."""
    return list(services_of(app)[WaitlistStore].collection.find(conditions).sort("number"))


def test_tickets_are_freed_and_offered_in_one_transaction(real_app, as_real_role, organizer, monkeypatch):
    event = make_event(organizer, total_tickets=3)
    buyer, waiting = as_real_role("customer"), [as_real_role("customer") for _ in range(3)]
    booking = book(buyer, event, 3)
    for each in waiting:
        join(each, event, 2, min_quantity=1)
    monkeypatch.setattr("booking_api.events.store.EventStore.move_stock", lambda *_: 1 / 0)
    assert buyer.post(f"/bookings/{booking['id']}/cancel").status_code == 500
    assert [each["status"] for each in entries(real_app)] == ["waiting"] * 3
    monkeypatch.undo()
    cancel(buyer, booking)
    assert [(each["status"], each.get("offer", {}).get("quantity")) for each in entries(real_app)] == [
        ("offered", 2),
        ("offered", 1),
        ("waiting", None),
    ]
    assert shown(buyer, event)["waiting"] == 1


def test_who_leaves_a_strict_list_lets_the_next_go_on(real_app, as_real_role, organizer):
    event = make_event(organizer, total_tickets=4, waitlist_policy="strict")
    buyer, first, second = (as_real_role("customer") for _ in range(3))
    booking = book(buyer, event, 2)
    book(as_real_role("customer"), event, 2)
    join(first, event, 3)
    join(second, event, 1)
    cancel(buyer, booking)
    assert order(real_app, event).members == {"available_tickets": 0, "waitlist": True}
    assert first.delete(f"/events/{event['id']}/waitlist").status_code == 204
    assert entry(second, event)["status"] == "offered"
    assert order(real_app, event) is None


def test_a_raised_total_goes_to_the_list_before_anybody_else(real_app, organizer):
    event = make_event(organizer, total_tickets=1)
    assert order(real_app, event) is None
    crowd(real_app, event, 250)
    assert organizer.patch(f"/events/{event['id']}", {"total_tickets": 301}).status_code == 200
    refused = []
    stop = threading.Event()

    def hammer():
        while not stop.is_set():
            refused.append(order(real_app, event) is not None and bool(entries(real_app, status="waiting")))

    with ThreadPoolExecutor(4) as pool:
        buyers = [pool.submit(hammer) for _ in range(4)]
        try:
            eventually(lambda: any(refused), "a buyer was refused while somebody waits")
            run_jobs(real_app)
        finally:
            stop.set()
        for buyer in buyers:
            buyer.result()
    assert [each["status"] for each in entries(real_app)] == ["offered"] * 250
    assert any(refused)
    sold = services_of(real_app)[BookingStore].collection.find({"status": "confirmed"}).sort("_id")
    _first, *later = [booking["created_at"] for booking in sold]
    last_offer = max(
        each["created_at"]
        for each in services_of(real_app)[BookingStore].collection.find({"waitlist_entry_id": {"$exists": True}})
    )
    assert all(at >= last_offer for at in later)


def test_joining_meets_a_release_and_no_ticket_is_left_idle(real_app, organizer):
    sales = services_of(real_app)[Sales]
    for _ in range(15):
        event = make_event(organizer, total_tickets=2)
        event_id = ObjectId(event["id"])
        held = sales.apply(event_id, Order(ObjectId(), ObjectId(), (Line(None, 2),), hold_seconds=-1))
        start = threading.Barrier(2)

        def wait_for_tickets(event_id=event_id, start=start):
            start.wait()
            try:
                return sales.commit([(event_id, JoinWaitlist(ObjectId(), ObjectId(), None, 2, 2))])[0]
            except Problem as problem:
                return problem

        def expire(event_id=event_id, start=start, booking_id=held["_id"]):
            start.wait()
            return sales.commit([(event_id, Expiry(booking_id))])

        with ThreadPoolExecutor(2) as pool:
            joined, expired = pool.submit(wait_for_tickets), pool.submit(expire)
            joined, expired = joined.result(), expired.result()
        waits = [each["status"] for each in entries(real_app, event_id=event_id)]
        assert waits in (["offered"], [])
        assert bool(waits) is not isinstance(joined, Problem)
        assert all_faults(real_app) == []


def test_an_offer_expires_or_is_accepted_and_never_both(real_app, as_real_role, organizer):
    customer, services = as_real_role("customer"), services_of(real_app)
    for _ in range(8):
        event = make_event(organizer, total_tickets=1)
        event_id = ObjectId(event["id"])
        held = services[Sales].apply(event_id, Order(ObjectId(), ObjectId(), (Line(None, 1),), hold_seconds=-1))
        join(customer, event)
        crowd(real_app, event, 1)
        services[Sales].commit([(event_id, Expiry(held["_id"]))])
        booking_id = ObjectId(entry(customer, event)["booking_id"])
        past = {"$set": {"hold_expires_at": held["hold_expires_at"]}}
        start = threading.Barrier(2)

        def expire(event_id=event_id, booking_id=booking_id, start=start, past=past):
            start.wait()
            services[BookingStore].collection.update_one({"_id": booking_id, "status": "held"}, past)
            services[Sales].commit([(event_id, Expiry(booking_id))])

        def confirm(booking_id=booking_id, start=start):
            start.wait()
            return customer.post(f"/bookings/{booking_id}/confirm").status_code

        with ThreadPoolExecutor(2) as pool:
            expired, confirmed = pool.submit(expire), pool.submit(confirm)
            expired.result()
            confirmed = confirmed.result()
        first, second = entries(real_app, event_id=event_id)
        assert (confirmed, first["status"], second["status"]) in (
            (200, "accepted", "waiting"),
            (409, "expired", "offered"),
        )


def test_a_cancelled_event_closes_its_list_once(real_app, as_real_role, organizer):
    event = make_event(organizer, total_tickets=2)
    assert order(real_app, event, 2) is None
    crowd(real_app, event, 600)
    customer = as_real_role("customer")
    join(customer, event)
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    run_jobs(real_app)
    assert {each["status"] for each in entries(real_app)} == {"closed"}
    assert shown(customer, event) == {"open": False, "waiting": 0}
    services_of(real_app)[WaitlistService].serve({"payload": {"event_id": ObjectId(event["id"])}})


def test_what_fits_is_found_without_reading_the_list(real_app, organizer):
    event = make_event(organizer, total_tickets=1)
    assert order(real_app, event) is None
    for quantity in (1, 2, 3):
        crowd(real_app, event, 200, quantity)
    store = services_of(real_app)[WaitlistStore]
    conditions = store.queued(ObjectId(event["id"]), None, 10, 100)
    plan = store.collection.find(conditions).sort("number").limit(5).explain()
    stats = plan["executionStats"]
    assert "SORT'" not in str(plan["queryPlanner"]["winningPlan"]).replace("SORT_MERGE", "")
    assert stats["nReturned"] == 5
    assert stats["totalKeysExamined"] <= 5 + 10
    assert stats["totalDocsExamined"] == 5


def test_positions_are_known_without_counting(real_app, organizer):
    event = make_event(organizer, total_tickets=1)
    assert order(real_app, event) is None
    crowd(real_app, event, 120)
    service, query = services_of(real_app)[WaitlistService], {"limit": 200}
    listed = service.entries(ObjectId(event["id"]), ObjectId(organizer.user["id"]), query, None).items
    assert [each["position"] for each in listed] == list(range(1, 121))
    plan = (
        services_of(real_app)[WaitlistStore]
        .collection.find({"event_id": ObjectId(event["id"]), "status": "waiting"}, {"_id": 0, "number": 1})
        .sort("number")
        .explain()
    )
    assert plan["executionStats"]["totalDocsExamined"] == 0
