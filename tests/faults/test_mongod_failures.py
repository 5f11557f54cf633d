"""MongoDB killed, frozen, and changing its primary under load: no ticket is lost or sold twice."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.development.embedded import EmbeddedServer

from ..pids import eventually, freeze
from ..processes import Service
from .books import assert_exact
from .conftest import named
from .replica_set import ReplicaSet
from .shoppers import Shop

RETURN_SECONDS = 30


def check(service, shop):
    """Each acknowledged booking is there once, and the audit is clean."""
    database = service.database()
    assert_exact(database, shop.acknowledged)
    database.client.close()


def goes_on(shop, count):
    """Wait until so many more bookings were acknowledged."""
    enough = shop.done + count
    eventually(lambda: shop.done >= enough, "the sales go on", RETURN_SECONDS)


@pytest.fixture
def server(tmp_path):
    """A mongod to be maltreated."""
    own = EmbeddedServer(tmp_path)
    own.address = own.start()
    yield own
    os.kill(own.pid, signal.SIGCONT)
    own.kill()


@pytest.fixture
def replica_set(tmp_path):
    """Three mongods."""
    with ReplicaSet(tmp_path) as members:
        yield members


def test_a_mongod_killed_under_load_and_started_again_has_every_acknowledged_booking(server, var_dir, large):
    with (
        Service(var_dir, workers=2, MONGODB_URI=named(server.address), REQUEST_SECONDS=2) as service,
        Shop(service, tickets=100_000) as shop,
    ):
        shop.open()
        for _ in range(large):
            goes_on(shop, 20)
            server.kill()
            heard = shop.trouble["service_unavailable"]
            eventually(lambda heard=heard: shop.trouble["service_unavailable"] > heard, "somebody hears 503")
            server.start()
        goes_on(shop, 20)
        shop.close()
        check(service, shop)


def test_a_primary_stepped_down_and_a_primary_killed_under_load_lose_nothing(replica_set, var_dir, large):
    with (
        Service(var_dir, workers=2, MONGODB_URI=replica_set.uri("booking"), REQUEST_SECONDS=3) as service,
        Shop(service, tickets=100_000) as shop,
    ):
        shop.open()
        killed = None
        for _ in range(large):
            if killed:
                killed.start()
                eventually(replica_set.whole, "the killed member follows again", RETURN_SECONDS)
            goes_on(shop, 20)
            stepped = replica_set.primary()
            stepped.command("replSetStepDown", 5, secondaryCatchUpPeriodSecs=4)
            eventually(lambda old=stepped: replica_set.primary() not in (None, old), "another is the primary")
            goes_on(shop, 20)
            killed = eventually(replica_set.primary, "there is a primary")
            killed.kill()
            goes_on(shop, 20)
            assert replica_set.primary() is not killed
        shop.close()
        check(service, shop)


def test_a_frozen_mongod_is_answered_with_503_in_time_and_once_it_goes_on_so_do_the_sales(server, var_dir, large):
    seconds = 10 if large > 1 else 2
    settings = {"MONGODB_URI": named(server.address), "REQUEST_SECONDS": seconds}
    with Service(var_dir, workers=2, **settings) as service, Shop(service, tickets=100_000) as shop:
        shop.open()
        goes_on(shop, 20)
        freeze(server.pid)
        event = shop.events[0]["id"]
        order = {"event_id": event, "quantity": 1, "hold": False}
        requests = [("GET", path, None) for path in ("/events", f"/events/{event}", "/bookings")]
        requests += [("POST", "/bookings", str(ObjectId())) for _ in range(5)]
        barrier = threading.Barrier(len(requests))

        def ask(request):
            method, path, key = request
            headers = {"Idempotency-Key": key} if key else {}
            with shop.customers[0].again() as caller:
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
            assert took < min(seconds + 1, 10), request
        goes_on(shop, 20)
        shop.close()
        assert shop.slowest < 10
        for _, _, key in requests:
            if key:
                shop.acknowledged[key] = shop.insist(shop.customers[0], "/bookings", key, order).json()
        check(service, shop)
