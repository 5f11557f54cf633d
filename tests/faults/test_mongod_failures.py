"""MongoDB killed and frozen under load: no ticket is lost or sold twice."""

import os
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bson import ObjectId

from ..pids import eventually, freeze
from ..processes import Service
from .conftest import named
from .customers import Customers
from .database_checks import assert_all_there

SOON_SECONDS = (
    20  # on a busy machine; without a time limit it would be as long as the client waits, or MongoDB is frozen
)


def check(service, customers):
    """Each acknowledged booking is there once, and the audit is clean."""
    database = service.database()
    assert_all_there(database, customers)
    database.client.close()


def goes_on(customers, count):
    """Wait until so many more bookings were acknowledged."""
    enough = customers.done + count
    eventually(lambda: customers.done >= enough, "the sales go on")


@pytest.fixture(scope="module")
def service(server, large):
    """A service over it, which the tests of this module share."""
    seconds = 10 if large > 1 else 2
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", workers=2, MONGODB_URI=named(server.address), REQUEST_SECONDS=seconds) as running,
    ):
        yield running


def test_a_mongod_killed_under_load_has_every_acknowledged_booking_when_restarted(server, service, large):
    with Customers(service, tickets=100_000) as customers:
        customers.start()
        for _ in range(large):
            goes_on(customers, 20)
            server.kill()
            heard = customers.failures["service_unavailable"]
            eventually(lambda heard=heard: customers.failures["service_unavailable"] > heard, "somebody hears 503")
            server.start()
        goes_on(customers, 20)
        customers.finish()
        check(service, customers)


def test_a_frozen_mongod_means_503_in_time_and_sales_go_on_when_it_does(server, service):
    with Customers(service, tickets=100_000) as customers:
        customers.start()
        goes_on(customers, 20)
        freeze(server.pid)
        event = customers.events[0]["id"]
        order = {"event_id": event, "quantity": 1, "hold": False}
        requests = [("GET", path, None) for path in ("/events", f"/events/{event}", "/bookings")]
        requests += [("POST", "/bookings", str(ObjectId())) for _ in range(5)]
        barrier = threading.Barrier(len(requests))

        def ask(request):
            method, path, key = request
            headers = {"Idempotency-Key": key} if key else {}
            with customers.callers[0].again() as caller:
                barrier.wait()
                began = time.monotonic()
                answer = caller.request(method, path, json=order if key else None, headers=headers)
                return answer, time.monotonic() - began

        with ThreadPoolExecutor(len(requests)) as pool:
            answers = list(pool.map(ask, requests))
        os.kill(server.pid, signal.SIGCONT)
        for request, (answer, took) in zip(requests, answers, strict=True):
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), request
            assert int(answer.headers["Retry-After"]) > 0
            assert took < SOON_SECONDS, request
        goes_on(customers, 20)
        customers.finish()
        assert customers.slowest < SOON_SECONDS
        for _, _, key in requests:
            if key:
                customers.acknowledged[key] = customers.send(customers.callers[0], "/bookings", key, order).json()
        check(service, customers)
