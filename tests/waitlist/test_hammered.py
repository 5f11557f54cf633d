"""A hot event with a waiting list, in two processes: its feed shows that nobody came before those who wait."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.sales import Sales
from booking_api.clock import now
from booking_api.errors import Problem
from booking_api.events.change_store import ChangeStore
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.waitlist.requests import JoinWaitlist
from booking_api.waitlist.store import WaitlistStore

from ..apps import SETTINGS, run_jobs
from ..builders import make_event
from .feeds import Told
from .people import all_faults

CANCELS, WAITING, BUYERS = 200, 40, 8


@pytest.fixture
def apps(real_app, database, outgoing):
    """Two processes on one database."""
    return [real_app, create_app(SETTINGS, database=database, sender=outgoing, clock=now)]


def ask(app, event_id, request):
    """What becomes of a request; the problem if it is refused."""
    try:
        return services_of(app)[Sales].apply(event_id, request)
    except Problem as problem:
        return problem


def order(quantity=1):
    """An order of somebody."""
    return Order(ObjectId(), ObjectId(), (Line(None, quantity),))


@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_nobody_buys_what_somebody_waits_for(apps, as_real_role, policy, large):
    app, cancels = apps[0], CANCELS * large
    event = make_event(as_real_role("organizer"), total_tickets=cancels, waitlist_policy=policy)
    event_id, commit = ObjectId(event["id"]), services_of(app)[Sales].commit
    batches = [[(event_id, order()) for _ in range(50)] for _ in range(0, cancels, 50)]
    sold = [booking for batch in batches for booking in commit(batch)]
    wanted = list(islice(cycle([(5, 3), (1, 1), (2, 2), (4, 1)]), WAITING))
    commit([(event_id, JoinWaitlist(ObjectId(), ObjectId(), None, *each)) for each in wanted])
    before = services_of(app)[ChangeStore].newest(event_id)[1]
    stop, bought = threading.Event(), []

    def buy(process, quantity):
        while not stop.is_set():
            outcome = ask(process, event_id, order(quantity))
            if not isinstance(outcome, Problem):
                bought.append(outcome["quantity"])

    with ThreadPoolExecutor(BUYERS + 16) as pool:
        buyers = [pool.submit(buy, apps[n % 2], n % 3 + 1) for n in range(BUYERS)]
        given = [
            pool.submit(ask, apps[n % 2], event_id, Cancellation(booking["_id"], booking["customer_id"]))
            for n, booking in enumerate(sold)
        ]
        try:
            assert not [each.result() for each in given if isinstance(each.result(), Problem)]
        finally:
            stop.set()
        assert not [each.result() for each in buyers if each.result()]
    run_jobs(app)
    entries = list(services_of(app)[WaitlistStore].collection.find({"event_id": event_id}).sort("number"))
    assert {each["status"] for each in entries} == {"offered"}
    if policy == "strict":
        turns = [each["turn"] for each in entries]
        assert turns == sorted(turns)
    rows = services_of(app)[ChangeStore].collection.find({"event_id": event_id}).sort("last")
    told = Told(rows, cancels, strict=policy == "strict")
    assert ([number for number in told.jumped if number > before], told.overtaken) == ([], [])
    assert told.offers == WAITING
    assert all_faults(app) == []
    taken = sum(each["offer"]["quantity"] for each in entries) + sum(bought)
    assert taken <= cancels
