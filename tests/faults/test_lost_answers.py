"""Commands that fail, or are carried out with the answer lost: the caller hears the truth or 503, and a repeat it."""

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from bson import ObjectId
from pymongo import MongoClient

from booking_api import create_app
from booking_api.storage.client import connect

from ..api import Api
from ..apps import SETTINGS
from ..builders import make_event, sign_up
from ..pids import CALM_SECONDS, eventually
from .database_checks import app_on, assert_exact, audit, end_leases, finish_jobs
from .lossy_proxy import FAULTS, LossyProxy

SECONDS = 2
LATER = [
    (503, "service_unavailable"),
    (503, "too_busy"),
    (503, "out_of_time"),  # a busy machine may be late in asking
    (409, "idempotency_in_progress"),
]
AT_ONCE = 12
ATTEMPTS = 20  # at having a fault strike: on a busy machine an order may run out of time before it
ALWAYS = 1_000_000
ENDED_SECONDS = 30  # without a time limit an order that meets a lasting fault goes on for longer
COMMANDS = ("insert", "find", "update", "commitTransaction")
# WriteConflict, ShutdownInProgress, PrimarySteppedDown, InterruptedAtShutdown, NotWritablePrimary
CONFLICT, *ELSEWHERE = ({"errorCode": code} for code in (112, 91, 189, 11600, 10107))
UNKNOWN = [{"writeConcernError": {"code": code, "errmsg": "made up"}} for code in (91, 64)]
FAILURES = [
    *[([command], fault) for command in COMMANDS for fault in ELSEWHERE],
    *[(["commitTransaction"], fault) for fault in (CONFLICT, *UNKNOWN)],  # a client hears of conflicts nowhere else
    (list(COMMANDS), {"closeConnection": True}),
]

# Routes are compiled from syntax trees, which Python before 3.12 cannot do in two threads at once (cpython#106905).
one_at_a_time = threading.Lock()


class Sale:
    """What the orders are about, made and checked without a proxy between: only the orders meet faults."""

    def __init__(self, mongod):
        self.mongod, self.name = mongod, f"test-{ObjectId()}"
        self.database = connect(mongod.replace("/?", f"/{self.name}?"), seconds=CALM_SECONDS, patience=CALM_SECONDS)
        self._app = app_on(self.database)
        self.customer = sign_up(self._app, "customer")

    def event(self, tickets):
        """An event of an organizer of its own: orders that hang keep the sequence of their organizer's feed."""
        return make_event(sign_up(self._app, "organizer"), total_tickets=tickets)

    def close(self):
        """Finish the jobs, require a clean audit, and drop the database."""
        finish_jobs(self._app)
        assert audit(self.database) == []
        self.database.client.drop_database(self.name)
        self.database.client.close()


class Box:
    """An app with little time over a proxy of its own, and a customer who uses it."""

    def __init__(self, sale):
        self._sale = sale
        self._folder = tempfile.TemporaryDirectory(prefix="booking-proxy-")
        self.proxy = LossyProxy(sale.mongod, Path(self._folder.name))
        # A made-up failure does not change the server, so that the driver is told to look at it often.
        self._database = connect(self.proxy.address(sale.name) + "&heartbeatFrequencyMS=500", seconds=CALM_SECONDS)
        with one_at_a_time:
            app = create_app(replace(SETTINGS, request_seconds=SECONDS), database=self._database)
        self._customer = Api(app.test_client(), sale.customer.token, sale.customer.user)
        self._control = MongoClient(sale.mongod)

    @contextmanager
    def failing(self, commands, times, fault):
        """Have MongoDB fail commands of the app, so many times."""
        data = {"failCommands": commands, "appName": "booking-api", **fault}
        point = {"configureFailPoint": "failCommand"}
        self._control.admin.command(point | {"mode": {"times": times}, "data": data})
        try:
            yield
        finally:
            self._control.admin.command(point | {"mode": "off"})

    def order(self, event, key):
        """One attempt: it ends in time as 201, or as "later" with `Retry-After`, which is None."""
        began = time.monotonic()
        answer = self._customer.post(
            "/bookings", {"event_id": event["id"], "quantity": 1}, headers={"Idempotency-Key": key}
        )
        assert time.monotonic() - began < ENDED_SECONDS
        if (answer.status_code, answer.json.get("code")) in LATER:
            assert int(answer.headers["Retry-After"]) > 0
            return None
        assert answer.status_code == 201, answer.text
        return answer.json

    def order_during(self, fault, count):
        """`count` orders while `fault()` is there, then all of them again: each key has the one booking."""
        event = self._sale.event(tickets=count)
        said = {}
        for _ in range(count):
            with fault():
                key = str(ObjectId())
                said[key] = self.order(event, key)
        end_leases(self._sale.database)
        acknowledged = {key: eventually(lambda key=key: self.order(event, key), "a repeat is served") for key in said}
        assert_exact(self._sale.database, acknowledged, event)
        assert [key for key, booking in said.items() if booking and booking["id"] != acknowledged[key]["id"]] == []

    def close(self):
        """End it all."""
        self._control.close()
        self._database.client.close()
        self.proxy.close()
        self._folder.cleanup()


@pytest.fixture(scope="module")
def open_box(mongod):
    """Makes boxes for one sale; in the end its jobs are done and the audit is clean."""
    with closing(Sale(mongod)) as sale, ExitStack() as boxes:
        yield lambda: boxes.enter_context(closing(Box(sale)))


@pytest.fixture(scope="module")
def box(open_box):
    """An app for one test after the other."""
    return open_box()


@pytest.mark.parametrize(("commands", "failure"), FAILURES, ids=str)
def test_a_failed_command_ends_in_a_booking_or_503_and_a_repeat_in_one_booking(box, commands, failure, large):
    for times in (1, 2, 3) if large > 1 else (1,):
        box.order_during(lambda times=times: box.failing(commands, times, failure), 2 if large > 1 else 1)


def test_a_lost_command_or_answer_ends_in_a_booking_or_503_and_a_repeat_in_one(open_box, large):
    def strikes(case):
        fault, command, times = case
        box = open_box()
        struck = []

        @contextmanager
        def spoiling():
            box.proxy.spoil(fault, command, times)
            yield
            struck.append(box.proxy.spoilt > 0)
            box.proxy.spoil(fault, command, 0)

        box.order_during(spoiling, large)
        return all(struck)

    def try_one(case):
        assert any(strikes(case) for _ in range(ATTEMPTS))

    cases = list(product(FAULTS, COMMANDS, (1, 2, 3, ALWAYS)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = [(case, pool.submit(try_one, case)) for case in cases]
    failed = {case: attempt.exception() for case, attempt in tried if attempt.exception()}
    assert failed == {}
