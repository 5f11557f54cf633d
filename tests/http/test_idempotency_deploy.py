"""Keys while the version before this one runs beside it, and for a day after it: answers in plain, bodies by bytes."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.storage.idempotency_keys import IdempotencyKeys

from ..apps import SETTINGS
from ..asserting import assert_problem, available

LEASE = timedelta(seconds=12)
DAY = timedelta(hours=24)


def digest(content):
    """How the version before made its digests."""
    return hmac.new(SETTINGS.jwt_secret_key.encode(), content, hashlib.sha256).hexdigest()


@pytest.fixture
def keys(app):
    """The collection of keys."""
    return services_of(app)[IdempotencyKeys].collection


@pytest.fixture
def body(event):
    """An order as a client writes it."""
    return b'{"quantity": 2, "event_id": "%b"}' % event["id"].encode()


@pytest.fixture
def write(keys, customer, body, clock):
    """Writes the record of that order as the version before did."""

    def insert(**fields):
        record = {
            "_id": digest(f"user {customer.user['id']} key key-1".encode()),
            "fingerprint": digest(b"POST /api/v1/bookings?\n" + body),
            "resource_id": ObjectId(),
            "answer": None,
            "expires_at": clock() + DAY,
            "token": "0123456789abcdef",
            "running_until": clock() + LEASE,
        } | fields
        keys.insert_one(record)
        return record

    return insert


def fewer(body):
    """Another order, for one ticket."""
    return body.replace(b": 2,", b": 1,")


def send(customer, body):
    """Send the order with its key."""
    headers = {"Idempotency-Key": "key-1", "Authorization": f"Bearer {customer.token}"}
    path = "/api/v1/bookings"
    return customer.client.post(path, data=body, content_type="application/json", headers=headers)


def test_an_answer_in_plain_is_replayed(customer, event, body, write):
    answer = {"status": 201, "headers": {"Content-Type": "application/json"}, "body": b'{"id": "before"}'}
    write(answer=answer)
    replayed = send(customer, body)
    assert (replayed.status_code, replayed.data) == (201, b'{"id": "before"}')
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert_problem(send(customer, fewer(body)), 422, "idempotency_key_reused")
    assert available(customer, event) == 10


def test_a_request_that_runs_there_is_waited_for_here_and_then_goes_on_under_its_id(customer, body, write, clock):
    record = write()
    assert_problem(send(customer, body), 409, "idempotency_in_progress")
    clock.advance(seconds=12)
    made = send(customer, body)
    assert (made.status_code, made.json["id"]) == (201, str(record["resource_id"]))


def test_a_key_freed_there_takes_another_body_here(customer, body, write, clock):
    record = write(running_until=clock())
    made = send(customer, fewer(body))
    assert made.status_code == 201
    assert made.json["id"] != str(record["resource_id"])
    assert send(customer, fewer(body)).data == made.data


def test_a_request_answered_here_is_repeated_there_under_the_same_id(customer, body, keys):
    """What the version before looks at: by the key, the bytes and no answer, it goes on under `resource_id`."""
    made = send(customer, body)
    (record,) = keys.find()
    assert record["_id"] == digest(f"user {customer.user['id']} key key-1".encode())
    assert record["fingerprint"] == digest(b"POST /api/v1/bookings?\n" + body)
    assert record["answer"] is None
    assert str(record["resource_id"]) == made.json["id"]


def test_an_answer_written_there_afterwards_does_not_replace_the_first(customer, body, keys):
    made = send(customer, body)
    keys.update_one({}, {"$set": {"answer": {"status": 409, "headers": {}, "body": b"{}"}}})
    assert send(customer, body).data == made.data
