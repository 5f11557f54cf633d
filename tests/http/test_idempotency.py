"""A POST that is sent again with its `Idempotency-Key` is carried out once, and answered alike."""

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of
from booking_api.storage.client import UnitOfWork
from booking_api.storage.idempotency_keys import IdempotencyKeys

from ..asserting import assert_problem, available
from ..builders import event_fields, make_event
from ..fakes import NoTransactions

KEPT = ("Content-Type", "Location", "ETag")
BAD_KEYS = ["", " ", "two words", "x" * 256, "tab\there", "schl\u00fcssel", "\x7f"]


@pytest.fixture
def order(event):
    """An order for two tickets."""
    return {"event_id": event["id"], "quantity": 2}


def send(api, path, body=None, key="key-1"):
    """POST with a key."""
    return api.post(path, body, headers={"Idempotency-Key": key})


def assert_replayed(first, again):
    """The same answer: its status, its headers, and every byte of its body."""
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.data) == (first.status_code, first.data)
    for name in KEPT:
        assert again.headers.get(name) == first.headers.get(name)


def keys_of(app):
    """The collection of keys."""
    return services_of(app)[IdempotencyKeys].collection


def test_a_booking_is_made_once_and_its_answer_replayed(customer, event, order, clock):
    first = send(customer, "/bookings", order)
    clock.advance(hours=1)
    assert first.status_code == 201
    assert_replayed(first, send(customer, "/bookings", order))
    assert first.headers["Location"] == f"/api/v1/bookings/{first.json['id']}"
    assert available(customer, event) == 8
    assert len(customer.get("/bookings").json["items"]) == 1


def test_the_replay_is_the_first_answer_even_if_the_booking_has_changed_since(customer, event, order):
    first = send(customer, "/bookings", order)
    customer.post(f"/bookings/{first.json['id']}/cancel")
    again = send(customer, "/bookings", order)
    assert_replayed(first, again)
    assert again.json["status"] == "confirmed"
    assert available(customer, event) == 10


def test_an_event_is_made_once(organizer):
    first, again = (send(organizer, "/events", event_fields()) for _ in range(2))
    assert first.status_code == 201
    assert_replayed(first, again)
    assert len(organizer.get("/users/me/events").json["items"]) == 1


def test_an_account_is_opened_once(client):
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery", "role": "customer"}
    first, again = (send(client, "/auth/register", person) for _ in range(2))
    assert first.status_code == 201
    assert_replayed(first, again)
    assert_problem(send(client, "/auth/register", person, key="key-2"), 409, "email_taken")


def test_the_steps_of_a_booking_and_of_an_event_take_keys_as_well(customer, organizer, event, order):
    hold = customer.post("/bookings", order | {"hold": True}).json
    draft = make_event(organizer, status="draft")
    for api, path in (
        (customer, f"/bookings/{hold['id']}/confirm"),
        (customer, f"/bookings/{hold['id']}/cancel"),
        (organizer, f"/events/{draft['id']}/publish"),
        (organizer, f"/events/{event['id']}/cancel"),
    ):
        first, again = (send(api, path, key=path) for _ in range(2))
        assert first.status_code == 200
        assert_replayed(first, again)


def test_a_refusal_is_replayed_too(customer, organizer, event, order):
    others = make_event(organizer, total_tickets=1)
    refused = send(customer, "/bookings", {"event_id": others["id"], "quantity": 2})
    assert_problem(refused, 409, "sold_out")
    organizer.patch(f"/events/{others['id']}", {"total_tickets": 5})
    assert_replayed(refused, send(customer, "/bookings", {"event_id": others["id"], "quantity": 2}))
    unacceptable = send(customer, "/bookings", order | {"quantity": 0}, key="key-2")
    assert_problem(unacceptable, 422, "validation_failed")
    assert_replayed(unacceptable, send(customer, "/bookings", order | {"quantity": 0}, key="key-2"))
    missing = send(customer, "/bookings", {"event_id": "0" * 24, "quantity": 1}, key="key-3")
    assert_problem(missing, 404, "event_not_found")
    assert_replayed(missing, send(customer, "/bookings", {"event_id": "0" * 24, "quantity": 1}, key="key-3"))


def test_a_failure_of_ours_is_not_stored_and_the_same_key_may_try_again(customer, event, order, monkeypatch):
    monkeypatch.setattr(NoTransactions, "run", lambda _self, _work: 1 / 0)
    assert_problem(send(customer, "/bookings", order), 500, "internal_error")
    assert_problem(send(customer, "/bookings", order), 500, "internal_error")
    monkeypatch.undo()
    made = send(customer, "/bookings", order)
    assert made.status_code == 201
    assert_replayed(made, send(customer, "/bookings", order))
    assert available(customer, event) == 8


def test_a_key_stands_for_one_request(customer, event, order):
    first = send(customer, "/bookings", order)
    other_path = f"/bookings/{first.json['id']}/cancel"
    for path, body in (("/bookings", order | {"quantity": 1}), (other_path, None)):
        assert_problem(send(customer, path, body), 422, "idempotency_key_reused")
    assert_replayed(first, send(customer, "/bookings", order))
    assert available(customer, event) == 8


def test_a_key_belongs_to_its_caller(customer, as_role, event, order):
    first, other = send(customer, "/bookings", order), send(as_role("customer"), "/bookings", order)
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json["id"] != other.json["id"]
    assert "Idempotent-Replayed" not in other.headers
    assert available(customer, event) == 6


def test_while_the_first_request_runs_the_second_is_told_to_wait(customer, event, order, monkeypatch):
    during = []

    def run(_self, work, **_options):
        monkeypatch.undo()
        during.append(send(customer, "/bookings", order))
        during.append(send(customer, "/bookings", order | {"quantity": 1}))
        return work(UnitOfWork(None))

    monkeypatch.setattr(NoTransactions, "run", run)
    first = send(customer, "/bookings", order)
    assert first.status_code == 201
    assert_problem(during[0], 409, "idempotency_in_progress")
    assert int(during[0].headers["Retry-After"]) >= 1
    assert_problem(during[1], 422, "idempotency_key_reused")
    assert_replayed(first, send(customer, "/bookings", order))
    assert available(customer, event) == 8


def test_a_key_is_remembered_for_a_day(customer, event, order, clock):
    first = send(customer, "/bookings", order)
    clock.advance(hours=23, minutes=59)
    assert_replayed(first, send(customer, "/bookings", order))
    clock.advance(minutes=2)
    new = send(customer, "/bookings", order)
    assert new.status_code == 201
    assert new.json["id"] != first.json["id"]
    assert available(customer, event) == 6
    assert_replayed(new, send(customer, "/bookings", order))


def test_after_a_day_a_key_may_stand_for_another_request(customer, order, clock):
    send(customer, "/bookings", order)
    clock.advance(hours=24)
    assert send(customer, "/bookings", order | {"quantity": 1}).status_code == 201


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_is_1_to_255_visible_ascii_characters(customer, event, order, key):
    problem = assert_problem(send(customer, "/bookings", order, key), 422, "validation_failed")
    assert problem["errors"].keys() == {"Idempotency-Key"}
    assert available(customer, event) == 10


@pytest.mark.parametrize("key", ["x", "~" * 255, '"quoted"', "!$%{}|"])
def test_any_visible_ascii_is_a_key(customer, order, key):
    first, again = (send(customer, "/bookings", order, key) for _ in range(2))
    assert first.status_code == 201
    assert_replayed(first, again)


def test_requests_without_a_key_are_each_carried_out(app, customer, event, order):
    assert [customer.post("/bookings", order).status_code for _ in range(2)] == [201, 201]
    assert available(customer, event) == 6
    assert keys_of(app).count_documents({}) == 0


def test_neither_keys_nor_bodies_can_be_read_from_the_database(app, client):
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery", "role": "customer"}
    send(client, "/auth/register", person, key="my-secret-key")
    stored = str(keys_of(app).find_one({}))
    assert "my-secret-key" not in stored
    assert "correct horse" not in stored
    assert "ada@example.com" not in stored  # the answer is encrypted


def test_a_booking_does_not_tell_the_key_that_opens_its_kept_answer(app, customer, order):
    send(customer, "/bookings", order, key="my-secret-key")
    assert "my-secret-key" not in str(services_of(app)[BookingStore].collection.find_one({}))


def test_who_may_not_make_the_request_uses_up_no_key(app, organizer, client, order):
    assert_problem(send(organizer, "/bookings", order), 403, "wrong_role")
    assert send(client, "/bookings", order).status_code == 401
    assert keys_of(app).count_documents({}) == 0
