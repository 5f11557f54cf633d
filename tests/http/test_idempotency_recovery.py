"""Keys on the real server: answers that were lost, processes that died, and many requests at once with one key."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from booking_api import create_app
from booking_api.bookings.service import BookingService
from booking_api.http.services import services_of
from booking_api.storage.idempotency_keys import IdempotencyKeys, KeyedRequest
from booking_api.storage.indexes import Stores

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import event_fields, make_event, sign_up

MOST = SETTINGS.request_seconds + 2  # seconds that a request may have its key


@pytest.fixture
def timed_app(database, outgoing, clock):
    """An app on the real server whose time moves only when told to."""
    made = create_app(SETTINGS, database=database, sender=outgoing, clock=clock)
    services_of(made)[Stores].ensure_indexes()
    # MongoDB would delete by the real time; the tests' time is told by the clock alone.
    services_of(made)[IdempotencyKeys].collection.drop_index("expires_at_1")
    return made


def send(api, path, body, key="key-1"):
    """POST with a key."""
    return api.post(path, body, headers={"Idempotency-Key": key})


def lose_answers(monkeypatch):
    """From now on answers are lost between the commit and the keeping of the answer, as when the process dies."""

    def fail(*_arguments):
        raise AutoReconnect("gone")

    monkeypatch.setattr(IdempotencyKeys, "keep", fail)


def sold(database):
    """How many bookings there are, and how many tickets are on sale."""
    return database["bookings"].count_documents({}), database["events"].find_one({})["available_tickets"]


def test_an_attempt_that_died_after_its_booking_is_answered_with_that_booking(timed_app, database, clock, monkeypatch):
    customer = sign_up(timed_app, "customer")
    event = make_event(sign_up(timed_app, "organizer"), total_tickets=2)
    order = {"event_id": event["id"], "quantity": 2}
    lose_answers(monkeypatch)
    assert send(customer, "/bookings", order).status_code == 503
    made = database["bookings"].find_one({})
    assert_problem(send(customer, "/bookings", order), 409, "idempotency_in_progress")
    monkeypatch.undo()
    clock.advance(seconds=MOST + 1)
    again = send(customer, "/bookings", order)  # the event is sold out now, and the answer is still the booking
    assert (again.status_code, again.json["id"]) == (201, str(made["_id"]))
    assert [ticket["code"] for ticket in again.json["tickets"]] == [ticket["code"] for ticket in made["tickets"]]
    replay = send(customer, "/bookings", order)
    assert (replay.data, replay.headers["Idempotent-Replayed"]) == (again.data, "true")
    assert sold(database) == (1, 0)


def test_the_booking_is_the_answer_even_if_its_event_is_past_by_then(timed_app, database, clock, monkeypatch):
    customer = sign_up(timed_app, "customer")
    event = make_event(sign_up(timed_app, "organizer"), date="2030-01-01T12:00:10Z", max_per_customer=1)
    order = {"event_id": event["id"], "quantity": 1}
    lose_answers(monkeypatch)
    assert send(customer, "/bookings", order).status_code == 503
    monkeypatch.undo()
    clock.advance(seconds=MOST + 1)
    assert send(customer, "/bookings", order).status_code == 201
    assert sold(database) == (1, 9)


def test_the_event_that_was_made_is_the_answer_even_if_it_is_past_by_then(timed_app, database, clock, monkeypatch):
    organizer, body = sign_up(timed_app, "organizer"), event_fields(date="2030-01-01T12:00:10Z")
    lose_answers(monkeypatch)
    assert send(organizer, "/events", body).status_code == 503
    monkeypatch.undo()
    clock.advance(seconds=MOST + 1)
    again = send(organizer, "/events", body)
    assert (again.status_code, again.json["id"]) == (201, str(database["events"].find_one({})["_id"]))


def test_an_attempt_that_died_before_its_booking_is_carried_out_by_the_next(timed_app, database, clock, monkeypatch):
    customer = sign_up(timed_app, "customer")
    event = make_event(sign_up(timed_app, "organizer"))
    services = services_of(timed_app)

    def die(*_arguments, **_options):
        raise SystemExit

    monkeypatch.setattr(services[BookingService], "book", die)
    order = {"event_id": event["id"], "quantity": 1}
    with pytest.raises(SystemExit):
        send(customer, "/bookings", order)
    monkeypatch.undo()
    assert_problem(send(customer, "/bookings", order), 409, "idempotency_in_progress")
    clock.advance(seconds=MOST + 1)
    assert send(customer, "/bookings", order).status_code == 201
    assert sold(database) == (1, 9)


def test_events_and_accounts_of_lost_answers_are_found_again(timed_app, database, clock, monkeypatch):
    organizer, nobody = sign_up(timed_app, "organizer"), Api(timed_app.test_client())
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery", "role": "customer"}
    lose_answers(monkeypatch)
    assert send(organizer, "/events", event_fields()).status_code == 503
    assert send(nobody, "/auth/register", person).status_code == 503
    monkeypatch.undo()
    clock.advance(seconds=MOST + 1)
    event, account = send(organizer, "/events", event_fields()), send(nobody, "/auth/register", person)
    assert (event.status_code, account.status_code) == (201, 201)
    assert database["events"].find_one({})["_id"] == ObjectId(event.json["id"])
    assert database["users"].find_one({"email": "ada@example.com"})["_id"] == ObjectId(account.json["id"])
    assert (database["events"].count_documents({}), database["users"].count_documents({})) == (1, 2)


def test_an_attempt_that_resumes_after_it_lost_its_key_does_not_keep_its_answer(database, clock):
    keys = IdempotencyKeys(database["idempotency_keys"], clock, lease_seconds=5)
    request = KeyedRequest("key", "caller", "content", "bytes")
    slow = keys.begin(request)
    clock.advance(seconds=6)
    next_one = keys.begin(request)
    assert next_one.resource_id == slow.resource_id
    keys.keep(slow, b"late")
    keys.let_go(slow)
    assert "sealed" not in keys.begin(request)  # the next one still runs
    keys.keep(next_one, b"answer")
    assert keys.begin(request)["sealed"] == b"answer"


def test_a_hundred_requests_at_once_with_one_key_make_one_booking(real_app, database):
    customer = sign_up(real_app, "customer")
    event = make_event(sign_up(real_app, "organizer"))
    order = {"event_id": event["id"], "quantity": 1}

    def call(_number):
        return send(Api(real_app.test_client(), customer.token), "/bookings", order)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(call, range(100)))
    made = [answer for answer in answers if answer.status_code == 201]
    others = [answer for answer in answers if answer.status_code != 201]
    assert made
    assert len({answer.data for answer in made}) == 1
    assert Counter("Idempotent-Replayed" in answer.headers for answer in made)[False] == 1
    for answer in others:
        assert_problem(answer, 409, "idempotency_in_progress")
    assert sold(database) == (1, 9)


def test_after_a_day_many_requests_with_an_old_key_make_one_new_booking(timed_app, database, clock):
    customer = sign_up(timed_app, "customer")
    event = make_event(sign_up(timed_app, "organizer"))
    order = {"event_id": event["id"], "quantity": 1}
    first = send(customer, "/bookings", order).json
    clock.advance(hours=25)

    def call(_number):
        return send(Api(timed_app.test_client(), customer.token), "/bookings", order)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(48)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    (made,) = {answer.json["id"] for answer in answers if answer.status_code == 201}
    assert made != first["id"]
    assert sold(database) == (2, 8)
