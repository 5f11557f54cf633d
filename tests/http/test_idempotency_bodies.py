"""What a key is bound to: a body as JSON, for as long as it has an answer that is kept."""

import pytest

from booking_api.http import idempotency

from ..asserting import assert_problem, available
from ..builders import make_event
from ..fakes import NoTransactions
from .test_idempotency import assert_replayed, send


@pytest.fixture
def order(event):
    """An order for two tickets."""
    return {"event_id": event["id"], "quantity": 2}


@pytest.mark.parametrize(
    "body",
    [
        '{"quantity":2,"event_id":"%s"}',
        ' {"event_id" : "%s",\r\n "quantity" : 2} ',
        '{"\\u0065vent_id":"%s","quantity":2}',
    ],
)
def test_a_body_is_compared_as_json_and_not_as_bytes(customer, event, order, body):
    first = send(customer, "/bookings", order)
    headers = {"Idempotency-Key": "key-1", "Authorization": f"Bearer {customer.token}"}
    again = customer.client.post(
        "/api/v1/bookings", data=body % event["id"], content_type="application/json", headers=headers
    )
    assert_replayed(first, again)
    assert available(customer, event) == 8


def test_without_an_account_another_body_is_another_key(client):
    ada, bob = ({"name": name, "email": f"{name}@example.com"} for name in ("ada", "bob"))
    rest = {"password": "correct horse battery", "role": "customer"}
    answers = [send(client, "/auth/register", person | rest) for person in (ada, bob)]
    assert [answer.status_code for answer in answers] == [201, 201]
    for person, first in zip((ada, bob), answers, strict=True):
        assert_replayed(first, send(client, "/auth/register", rest | person))


def test_without_an_account_a_key_is_known_again_from_another_address(app):
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery", "role": "customer"}
    first, again = (
        app.test_client().post(
            "/api/v1/auth/register",
            json=person,
            headers={"Idempotency-Key": "key-1"},
            environ_overrides={"REMOTE_ADDR": address},
        )
        for address in ("192.0.2.1", "198.51.100.7")
    )
    assert_replayed(first, again)


def test_after_a_failure_of_ours_the_key_may_come_with_another_body(customer, event, order, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(NoTransactions, "run", lambda _self, _work: 1 / 0)
        assert_problem(send(customer, "/bookings", order), 500, "internal_error")
    made = send(customer, "/bookings", order | {"quantity": 1})
    assert made.status_code == 201
    assert_replayed(made, send(customer, "/bookings", order | {"quantity": 1}))
    assert_problem(send(customer, "/bookings", order), 422, "idempotency_key_reused")
    assert available(customer, event) == 9


def test_after_a_429_the_key_may_come_with_another_body(organizer, event):
    words = {"subject": "Doors", "body": "They open at eight."}
    for number in range(5):
        assert organizer.post(f"/events/{event['id']}/messages", words | {"body": str(number)}).status_code == 202
    other = make_event(organizer)
    assert send(organizer, f"/events/{event['id']}/messages", words).status_code == 429
    assert send(organizer, f"/events/{other['id']}/messages", words | {"subject": "Doors!"}).status_code == 202


def test_an_answer_too_large_to_keep_is_given_once_and_not_carried_out_again(customer, event, order, monkeypatch):
    monkeypatch.setattr(idempotency, "MOST_KEPT", 500)
    first = send(customer, "/bookings", order)
    assert first.status_code == 201
    again = send(customer, "/bookings", order)
    assert_problem(again, 409, "idempotency_answer_not_kept")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert available(customer, event) == 8
