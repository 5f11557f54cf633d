"""Hoarding on the real server: an attacker with many threads, transactions that collide, and what it costs a batch."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pymongo
import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.batch import Steps
from booking_api.bookings.holds import LOOK_BACK, NOT_YET
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.rules import CustomerLimit
from booking_api.bookings.sales import Sales
from booking_api.bookings.store import BookingStore
from booking_api.clock import now
from booking_api.events.stock import Line
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..builders import make_event as make_event_here
from ..commands_sent import Counting
from ..pids import CALM_SECONDS, eventually
from ..processes import Service

EVENT = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z", "max_per_booking": 100}
TRIES = 20


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Two gunicorn workers on an embedded MongoDB; a request has 25 s, as none is to hear 503 on a busy machine."""
    with Service(tmp_path_factory.mktemp("hoarding"), workers=2, REQUEST_SECONDS=25) as running:
        eventually(lambda: len(running.worker_pids()) == 2, "both workers run")
        yield running


def make_event(service, **fields):
    """An event on sale."""
    answer = service.sign_up("organizer").post("/events", json=EVENT | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def order(caller, event, quantity, *, hold):
    """The answer to an order."""
    return caller.post("/bookings", json={"event_id": event["id"], "quantity": quantity, "hold": hold})


class Hoarder:
    """One thread of an account that wants to keep tickets by holding them again and again."""

    def __init__(self, caller, event, quantity):
        self.caller, self.event, self.quantity = caller, event, quantity
        self.held = None

    def again(self):
        """Give up what it holds, and hold as much again; the code of the answer."""
        if self.held:
            assert self.caller.post(f"/bookings/{self.held}/cancel").status_code == 200
        answer = order(self.caller, self.event, self.quantity, hold=True)
        self.held = answer.json()["id"] if answer.status_code == 201 else None
        return "held" if self.held else answer.json()["code"]


@pytest.mark.server
@pytest.mark.parametrize("sold", [0, 80])
def test_another_account_gets_a_ticket_while_one_holds_and_gives_up_in_ten_threads(service, sold):
    event = make_event(service, total_tickets=100)
    if sold:
        assert order(service.sign_up("customer"), event, sold, hold=False).status_code == 201
    attacker, other = service.sign_up("customer"), service.sign_up("customer")
    hoarders = [Hoarder(attacker.again(), event, (100 - sold) // 10) for _ in range(10)]
    heard = Counter()
    with ThreadPoolExecutor(len(hoarders)) as pool:
        for _ in range(TRIES):
            heard.update(pool.map(Hoarder.again, hoarders))
            answer = order(other, event, 1, hold=True)
            if answer.status_code == 201:
                break
            assert answer.json()["code"] == "sold_out"
    assert answer.status_code == 201, heard
    assert heard.keys() <= {"held", "sold_out", "customer_limit", "hold_cooldown"}


@pytest.mark.server
def test_eight_threads_of_one_account_never_hold_more_than_twenty_tickets(service):
    event = make_event(service, total_tickets=100_000)
    customer = service.sign_up("customer")
    database = service.database()
    at_work = threading.Event()

    def rounds(number):
        hoarder = Hoarder(customer.again(), event, 3 + number % 5)
        return Counter(hoarder.again() for _ in range(30))

    def most_held():
        mine = {"event_id": ObjectId(event["id"]), "customer_id": ObjectId(customer.user["id"]), "status": "held"}
        stages = [{"$match": mine}, {"$group": {"_id": None, "tickets": {"$sum": "$quantity"}}}]
        seen = [0]
        while at_work.is_set() or len(seen) == 1:
            with database.client.start_session(snapshot=True) as session:
                seen += [row["tickets"] for row in database["bookings"].aggregate(stages, session=session)]
        return max(seen)

    with ThreadPoolExecutor(9) as pool:
        at_work.set()
        watch = pool.submit(most_held)
        try:
            heard = sum(pool.map(rounds, range(8)), Counter())
        finally:
            at_work.clear()
        assert 0 < watch.result(CALM_SECONDS) <= 20
    database.client.close()
    assert heard.keys() == {"held", "customer_limit"}
    answers = [order(customer, event, 1, hold=True) for _ in range(21)]
    assert answers[-1].json()["remaining"] == 0


def hold(customer, quantity=1, max_held=20):
    """An order that holds tickets."""
    return Order(ObjectId(), customer, (Line(None, quantity),), 900, max_held=max_held)


def sales_of(app):
    """The sales of an app."""
    return services_of(app)[Sales]


@pytest.mark.parametrize("give_up", [False, True])
def test_two_batches_that_collide_do_not_both_count_the_same_holds(real_app, database, as_real_role, give_up):
    event_id = ObjectId(make_event_here(as_real_role("organizer"), total_tickets=100, max_per_booking=20)["id"])
    here, there = sales_of(real_app), sales_of(create_app(SETTINGS, database=database))
    ada = ObjectId()
    (before,) = here.commit([(event_id, hold(ada, 11))])
    batch = [(event_id, hold(ada, 11))]
    if give_up:
        batch.insert(0, (event_id, Cancellation(before["_id"], ada)))
    outcomes = []

    class MeetTheOther:
        """Once the first batch has read, the other one is committed."""

        def load(self, _batch):
            """Commit it, once."""
            if not outcomes:
                outcomes.append(there.commit([(event_id, hold(ada, 9))])[0])

    services_of(real_app)[Steps].join(MeetTheOther())
    outcomes.append(here.commit(batch)[-1])
    assert outcomes[0]["quantity"] == 9
    if give_up:
        assert outcomes[1]["quantity"] == 11
    else:
        assert isinstance(outcomes[1], CustomerLimit)
    held = database["bookings"].find({"customer_id": ada, "status": "held"})
    assert sorted(booking["quantity"] for booking in held) == [9, 11]


def test_holds_cost_a_batch_one_read_of_bookings_and_plain_orders_none(mongod, real_app, database, as_real_role):
    organizer = as_real_role("organizer")
    events = [ObjectId(make_event_here(organizer, total_tickets=100)["id"]) for _ in range(3)]
    listener = Counting()
    with pymongo.MongoClient(
        mongod, tz_aware=True, event_listeners=[listener], timeoutMS=1000 * CALM_SECONDS
    ) as client:
        sales = sales_of(create_app(SETTINGS, database=client[database.name]))

        def reads(*makers):
            listener.seen.clear()
            outcomes = sales.commit([(event_id, make()) for event_id in events for make in makers])
            assert [outcome["event"]["_id"] for outcome in outcomes] == [e for e in events for _ in makers]
            return [what for name, what in listener.seen if name in ("find", "aggregate") and what != "webhooks"]

        def plain():
            return Order(ObjectId(), ObjectId(), (Line(None, 1),))

        events_and_numbers = ["events", "events"]  # the second one says how the changes are numbered
        assert reads(plain, plain) == events_and_numbers
        assert reads(plain, *[lambda: hold(ObjectId())] * 3) == ["events", "bookings", "events"]


def test_what_is_read_stays_short_however_often_somebody_gave_up_holds(real_app, database):
    store = services_of(real_app)[BookingStore]
    event_id, ada, bob = (ObjectId() for _ in range(3))
    at = now()
    hold_of = {"event_id": event_id, "items": [{"ticket_type_id": None, "quantity": 1}], "status": "cancelled"}
    rows = [hold_of | {"customer_id": ada, "hold_ended_at": at - timedelta(milliseconds=n)} for n in range(3000)]
    rows += [hold_of | {"customer_id": bob, "status": "held", "hold_ended_at": NOT_YET} for _ in range(2)]
    rows += [hold_of | {"customer_id": ada, "status": "held", "hold_ended_at": NOT_YET} for _ in range(4)]
    rows += [hold_of | {"customer_id": ada, "status": "confirmed"} for _ in range(1000)]
    store.collection.insert_many([dict(row) for row in rows])
    database.command("profile", 2)
    pairs = {(event_id, ada): 4, (event_id, bob): 4, (ObjectId(), ada): 4}
    found = store.load_holds(pairs, at - timedelta(hours=1), None)
    database.command("profile", 0)
    assert [found[pair].held for pair in pairs] == [4, 2, 0]
    assert found[event_id, ada].ended == LOOK_BACK * 12 - 6
    assert found[event_id, ada].last_end == at
    (read,) = database["system.profile"].find({"ns": f"{database.name}.bookings", "op": "query"})
    assert read["keysExamined"] <= LOOK_BACK * 12 + len(pairs)
    assert read["docsExamined"] <= LOOK_BACK * 12
