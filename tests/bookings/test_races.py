"""Many customers at once against two real workers: never a ticket too many, never one too few."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from bson import ObjectId

from ..pids import eventually
from ..processes import Service

pytestmark = pytest.mark.server

TICKETS, REQUESTS, THREADS, CUSTOMERS = 100, 1000, 64, 8
EVENT = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Two gunicorn workers on an embedded MongoDB; a request has 25 s, as none is to hear 503 on a busy machine."""
    with Service(tmp_path_factory.mktemp("races"), workers=2, REQUEST_SECONDS=25) as running:
        eventually(lambda: len(running.worker_pids()) == 2, "both workers run")
        yield running


def all_at_once(customers, calls):
    """Make each call as one of the customers, `THREADS` at a time, each thread over connections of its own."""
    own = threading.local()

    def call(number):
        if not hasattr(own, "callers"):
            own.callers = [customer.again() for customer in customers]
        return calls[number](own.callers[number % len(customers)])

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(len(calls))))


def booked(service, event):
    """The tickets in live bookings, and those on sale, as the database has them."""
    database = service.database()
    try:
        live = database["bookings"].find({"event_id": ObjectId(event["id"]), "status": {"$in": ["held", "confirmed"]}})
        stored = database["events"].find_one({"_id": ObjectId(event["id"])})
        return sum(booking["quantity"] for booking in live), stored["available_tickets"]
    finally:
        database.client.close()


def test_a_thousand_requests_for_a_hundred_tickets_sell_exactly_a_hundred(service):
    event = service.sign_up("organizer").post("/events", json=EVENT | {"total_tickets": TICKETS}).json()
    customers = [service.sign_up("customer") for _ in range(CUSTOMERS)]
    order = {"event_id": event["id"], "quantity": 1}
    answers = all_at_once(customers, [lambda caller: caller.post("/bookings", json=order)] * REQUESTS)
    assert Counter(answer.status_code for answer in answers) == {201: TICKETS, 409: REQUESTS - TICKETS}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(problem["code"], problem["available_tickets"]) for problem in refused} == {("sold_out", 0)}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == TICKETS
    assert customers[0].get(f"/events/{event['id']}").json()["available_tickets"] == 0
    assert booked(service, event) == (TICKETS, 0)


def test_bookings_of_many_sizes_and_cancellations_at_once_keep_the_sum(service):
    event = service.sign_up("organizer").post("/events", json=EVENT | {"total_tickets": 50}).json()
    customers = [service.sign_up("customer") for _ in range(CUSTOMERS)]

    def book_and_perhaps_cancel(quantity):
        def calls(caller):
            answer = caller.post("/bookings", json={"event_id": event["id"], "quantity": quantity})
            if answer.status_code == 201 and quantity % 2:
                return [answer, caller.post(f"/bookings/{answer.json()['id']}/cancel")]
            return [answer]

        return calls

    per_call = all_at_once(customers, [book_and_perhaps_cancel(1 + n % 5) for n in range(200)])
    answers = list(chain.from_iterable(per_call))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    sold, available = booked(service, event)
    assert sold + available == 50
    bought = [a.json()["quantity"] for a in answers if a.status_code == 201]
    given_back = [a.json()["quantity"] for a in answers if a.status_code == 200]
    assert sum(bought) - sum(given_back) == sold


def test_one_booking_cancelled_by_many_requests_gives_its_tickets_back_once(service):
    event = service.sign_up("organizer").post("/events", json=EVENT | {"total_tickets": 10}).json()
    customer = service.sign_up("customer")
    booking = customer.post("/bookings", json={"event_id": event["id"], "quantity": 3}).json()
    answers = all_at_once([customer], [lambda caller: caller.post(f"/bookings/{booking['id']}/cancel")] * 64)
    assert {answer.status_code for answer in answers} == {200}
    assert booked(service, event) == (0, 10)
