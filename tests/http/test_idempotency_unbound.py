"""A key whose request ended in a 5xx is free: each body is carried out once, however often it is sent."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.http.services import services_of
from booking_api.storage.client import Transactions, connect
from booking_api.storage.indexes import Stores

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import make_event, sign_up
from ..pids import CALM_SECONDS, eventually

ROUNDS = 5
AT_ONCE = 16
UNKNOWN = {"writeConcernError": {"code": 64, "errmsg": "made up"}}  # the commit took place, and nobody can say so


def send(api, body):
    """Book with the one key of these tests."""
    return api.post("/bookings", body, headers={"Idempotency-Key": "key-1"})


def audit(app):
    """What the audit finds wrong."""
    return [fault for found in services_of(app)[Audit].check() for fault in found]


@contextmanager
def lost(monkeypatch, *, committed):
    """Transactions that end as if MongoDB were gone, before their commit or after it."""
    run = Transactions.run

    def gone(*args, **options):
        if committed:
            run(*args, **options)
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Transactions, "run", gone)
        yield


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def event(as_real_role):
    """An event with a hundred tickets."""
    return make_event(as_real_role("organizer"), total_tickets=100)


@pytest.fixture
def orders(event):
    """The body that is sent first, and another one."""
    return [{"event_id": event["id"], "quantity": quantity} for quantity in (1, 2)]


def test_a_commit_that_nobody_knows_of_is_found_by_its_body_and_not_by_another(mongod):
    """With a fail point of MongoDB: the driver repeats the commit until the time of the request is over."""
    name = f"test-{ObjectId()}"
    database = connect(mongod.replace("/?", f"/{name}?"), seconds=CALM_SECONDS)
    patient = create_app(SETTINGS, database=database)
    app = create_app(replace(SETTINGS, request_seconds=2), database=database)
    services_of(app)[Stores].ensure_indexes()
    event, customer = make_event(sign_up(patient, "organizer")), sign_up(patient, "customer")
    first, other = ({"event_id": event["id"], "quantity": quantity} for quantity in (1, 2))
    hurried = Api(app.test_client(), customer.token)
    fail = {"configureFailPoint": "failCommand"}
    data = {"failCommands": ["commitTransaction"], "appName": "booking-api"} | UNKNOWN

    def booked(api, body):
        """What is answered once no other request has the key: on a busy machine one may keep it for a while."""
        return eventually(lambda: (got := send(api, body)).status_code != 409 and got, "the key is free")

    def committed_once():
        assert booked(hurried, first).status_code == 503
        return list(database["bookings"].find())

    with MongoClient(mongod) as control:
        control.admin.command(fail | {"mode": "alwaysOn", "data": data})
        try:  # again where its time was over before the commit, as on a busy machine
            (committed,) = eventually(committed_once, "the booking is committed")
        finally:
            control.admin.command(fail | {"mode": "off"})
    calm = Api(patient.test_client(), customer.token)
    made = booked(calm, other)
    assert (made.status_code, made.json["quantity"]) == (201, 2)
    assert made.json["id"] != str(committed["_id"])
    assert_problem(send(calm, first), 422, "idempotency_key_reused")
    assert {row["quantity"] for row in database["bookings"].find()} == {1, 2}
    assert audit(app) == []
    database.client.drop_database(name)
    database.client.close()


@pytest.mark.parametrize("committed", [True, False])
def test_the_same_body_after_a_503_makes_or_finds_the_one_booking(
    real_app, database, customer, orders, monkeypatch, committed
):
    with lost(monkeypatch, committed=committed):
        for _ in range(3):
            assert send(customer, orders[0]).status_code == 503
    earlier = [str(row["_id"]) for row in database["bookings"].find()]
    made = send(customer, orders[0])
    assert made.status_code == 201
    assert earlier in ([], [made.json["id"]])
    assert len(earlier) == committed
    assert send(customer, orders[0]).data == made.data
    assert database["bookings"].count_documents({}) == 1
    assert audit(real_app) == []


@pytest.mark.parametrize("committed", [True, False])
def test_bodies_that_take_turns_in_failing_are_each_carried_out_once(
    real_app, database, customer, event, orders, monkeypatch, committed
):
    with lost(monkeypatch, committed=committed):
        for _ in range(3):
            assert [send(customer, order).status_code for order in orders] == [503, 503]
    made = send(customer, orders[0])
    assert (made.status_code, made.json["quantity"]) == (201, 1)
    assert_problem(send(customer, orders[1]), 422, "idempotency_key_reused")
    quantities = Counter(row["quantity"] for row in database["bookings"].find())
    assert quantities == Counter({1: 1, 2: 1} if committed else {1: 1})
    assert database["events"].find_one({})["available_tickets"] == 100 - sum(quantities)
    assert audit(real_app) == []


def test_of_two_bodies_at_once_after_a_503_one_gets_the_key(real_app, database, customer, event, monkeypatch):
    orders = [{"event_id": event["id"], "quantity": quantity} for quantity in range(1, 5)]

    def call(number):
        return send(Api(real_app.test_client(), customer.token), orders[number % len(orders)])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(ROUNDS):
            with lost(monkeypatch, committed=False):
                assert send(customer, orders[0]).status_code == 503
            answers = list(pool.map(call, range(AT_ONCE)))
            made = {answer.json["id"] for answer in answers if answer.status_code == 201}
            assert len(made) == 1
            for answer in answers:
                if answer.status_code != 201:
                    assert (answer.status_code, answer.json["code"]) in [
                        (422, "idempotency_key_reused"),
                        (409, "idempotency_in_progress"),
                    ]
            assert [str(row["_id"]) for row in database["bookings"].find()] == [*made]
            for name in ("idempotency_keys", "bookings"):
                database[name].delete_many({})
