"""How much of the database one caller can fill with kept answers, on the real server, and what counting it costs."""

from dataclasses import replace

import pymongo
import pytest

from booking_api import create_app
from booking_api.http.services import services_of
from booking_api.storage import key_counts
from booking_api.storage.idempotency_keys import IdempotencyKeys
from booking_api.storage.indexes import Stores

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import event_fields, make_event, numbers, sign_up
from ..commands_sent import Counting

PASSWORD = "correct horse battery"


@pytest.fixture
def few(monkeypatch):
    """A caller may keep 6 keys; a worker asks after 2."""
    monkeypatch.setattr(key_counts, "MOST_KEYS", 6)
    monkeypatch.setattr(key_counts, "STEP_KEYS", 2)


@pytest.fixture
def make_worker(database, outgoing, clock):
    """Makes workers, which have the database and the time in common."""

    def make(**settings):
        settings = {"ratelimit_enabled": True} | settings
        app = create_app(replace(SETTINGS, **settings), database=database, sender=outgoing, clock=clock)
        services_of(app)[Stores].ensure_indexes()
        # MongoDB would delete by the real time; the tests' time is told by the clock alone.
        services_of(app)[IdempotencyKeys].collection.drop_index("expires_at_1")
        return app

    return make


def publish(api, key, **fields):
    """Make an event with a key."""
    return api.post("/events", event_fields(**fields), headers={"Idempotency-Key": str(key)})


def register(app, address, key):
    """Open an account with a key, from an address."""
    person = {"name": "Ada", "email": f"growth{next(numbers)}@example.com", "password": PASSWORD, "role": "customer"}
    return app.test_client().post(
        "/api/v1/auth/register",
        json=person,
        headers={"Idempotency-Key": key},
        environ_overrides={"REMOTE_ADDR": address},
    )


def assert_full(answer, seconds):
    """The answer is a 429 that says when the first of the caller's keys ends."""
    assert_problem(answer, 429, "too_many_requests")
    assert seconds - 2 <= int(answer.headers["Retry-After"]) <= seconds + 2


def test_a_caller_keeps_so_many_keys_a_day_over_all_workers(few, make_worker, database, clock):
    workers = [make_worker() for _ in range(2)]
    organizer, other = sign_up(workers[0], "organizer"), sign_up(workers[0], "organizer")
    apis = [Api(app.test_client(), organizer.token) for app in workers]
    first = publish(apis[0], 0)
    clock.advance(minutes=1)
    answers = [publish(apis[key % 2], key) for key in range(1, 30)]
    accepted = [answer.status_code for answer in answers].count(201) + 1
    assert 6 <= accepted <= 6 + 2 * 2  # each worker may be a step behind
    assert database["idempotency_keys"].count_documents({}) == accepted
    for api in apis:
        assert_full(publish(api, "new"), 24 * 3600 - 60)
        assert publish(api, 0).data == first.data  # who has a key hears its answer
    assert publish(other, "new").status_code == 201
    assert apis[0].post("/events", event_fields()).status_code == 201  # without a key nothing is kept


def test_there_is_room_again_when_the_first_keys_end(few, make_worker, clock):
    organizer = sign_up(make_worker(), "organizer")
    while publish(organizer, clock()).status_code == 201:
        clock.advance(minutes=1)
    clock.advance(hours=23, minutes=58)
    organizer = sign_up_again(organizer)
    assert publish(organizer, "later").status_code == 201


def sign_up_again(person):
    """The same person with a new token."""
    credentials = {"email": person.user["email"], "password": PASSWORD}
    token = person.post("/auth/login", credentials).json["access_token"]
    return Api(person.client, token, person.user)


def test_large_answers_count_by_their_size(make_worker, monkeypatch):
    monkeypatch.setattr(key_counts, "MOST_BYTES", 60_000)
    monkeypatch.setattr(key_counts, "STEP_BYTES", 10_000)
    organizer = sign_up(make_worker(), "organizer")
    answers = [publish(organizer, key, description="x" * 10_000) for key in range(12)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [201] * 6 + [429] * 6


def test_without_an_account_an_address_is_counted_and_not_named(few, make_worker, database):
    app = make_worker()
    answers = [register(app, f"2001:db8::{turn:x}", f"key-{turn}").status_code for turn in range(12)]
    assert answers.count(201) in (6, 7)
    assert answers[-1] == 429
    assert register(app, "192.0.2.1", "key-1").status_code == 201
    stored = str(list(database["idempotency_keys"].find()))
    assert "192.0.2" not in stored
    assert "2001:db8" not in stored


def test_where_limits_are_off_keys_are_not_counted(few, make_worker):
    organizer = sign_up(make_worker(ratelimit_enabled=False), "organizer")
    assert [publish(organizer, key).status_code for key in range(12)] == [201] * 12


def test_a_keyed_booking_costs_two_commands_for_its_key(mongod, make_worker, database):
    app = make_worker()
    customer, event = sign_up(app, "customer"), make_event(sign_up(app, "organizer"))
    listener = Counting()
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[listener], timeoutMS=10_000) as client:
        watched = create_app(SETTINGS, database=client[database.name])
        api = Api(watched.test_client(), customer.token)
        answer = api.post("/bookings", {"event_id": event["id"], "quantity": 1}, headers={"Idempotency-Key": "key-1"})
        assert answer.status_code == 201
    assert listener.commands_on("idempotency_keys") == ["insert", "update"]
