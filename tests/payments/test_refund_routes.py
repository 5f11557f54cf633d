"""Refunds over HTTP: what an organizer can ask, and what is refused."""

from uuid import uuid4

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from booking_api.http.services import services_of
from booking_api.payments.store import PaymentStore
from booking_api.storage.idempotency_keys import IdempotencyKeys

from ..apps import cache_nothing, mongomock_app
from ..asserting import assert_problem, available
from ..builders import event_fields, sign_up
from .money import TYPES, audited, money_of, put, refunds_of


@pytest.fixture
def app(clock, outgoing, receiving):
    """An app that takes cards."""
    made = mongomock_app(clock, outgoing, receiving, stripe_secret_key="sk_test_0")
    cache_nothing(made)
    return made


def event_of(organizer, payment, **fields):
    """An event with seats for 25 euros."""
    body = event_fields(ticket_types=TYPES, payment=payment, **fields)
    body.pop("total_tickets")
    answer = organizer.post("/events", body)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture(params=["manual", "stripe"])
def mode(request):
    """How customers pay."""
    return request.param


@pytest.fixture
def event(organizer, mode):
    """An event that is paid so."""
    return event_of(organizer, mode)


def path(event, booking):
    """Where the refunds of a booking are."""
    return f"/events/{event['id']}/bookings/{booking['_id']}/refunds"


def test_an_organizer_gives_a_part_back_and_sees_it(app, organizer, event, mode, customer):
    (booking,) = put(app, event["id"], customer_id=ObjectId(customer.user["id"]))
    made = organizer.post(path(event, booking), {"amount": 1500, "reason": "Sorry."})
    status, done = ("succeeded", "2030-01-01T12:00:00Z") if mode == "manual" else ("pending", None)
    (stored,) = refunds_of(app, booking)
    assert made.status_code == 201
    assert made.json == {
        **{"id": str(stored["_id"]), "booking_id": str(booking["_id"]), "payment_id": str(stored["payment_id"])},
        **{"status": status, "amount": 1500, "currency": "USD", "reason": "Sorry.", "tickets": None},
        **{"created_at": "2030-01-01T12:00:00Z", "done_at": done},
    }
    assert organizer.get(path(event, booking)).json == {"items": [made.json], "next_cursor": None}
    shown = organizer.get(f"/events/{event['id']}/bookings/{booking['_id']}").json
    refunded = 1500 if mode == "manual" else 0
    assert (shown["amount"], shown["quantity"], shown["status"]) == (3500, 2, "confirmed")
    assert (shown["payment"]["refunded"], shown["payment"]["owed"]) == (refunded, 1500 - refunded)
    assert audited(app) == []


def test_tickets_go_back_on_sale_and_their_money_to_who_paid(app, organizer, event, customer):
    (booking,) = put(app, event["id"], customer_id=ObjectId(customer.user["id"]))
    first = str(booking["tickets"][0]["_id"])
    made = organizer.post(path(event, booking), {"ticket_ids": [first]}).json
    assert (made["amount"], made["tickets"]) == (2500, [first])
    assert available(organizer, event) == 3009
    rest = organizer.post(path(event, booking), {"ticket_ids": [str(booking["tickets"][1]["_id"])]}).json
    assert rest["amount"] == 2500
    assert organizer.get(f"/events/{event['id']}/bookings/{booking['_id']}").json["status"] == "cancelled"
    nothing = assert_problem(organizer.post(path(event, booking)), 409, "refund_exceeds_payment")
    assert nothing["refundable"] == 0
    assert audited(app) == []


def test_more_than_was_paid_is_refused(app, organizer, event):
    (booking,) = put(app, event["id"])
    assert organizer.post(path(event, booking), {"amount": 4999}).status_code == 201
    refused = assert_problem(organizer.post(path(event, booking), {"amount": 2}), 409, "refund_exceeds_payment")
    assert refused["refundable"] == 1
    assert audited(app) == []


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": "1"},
        {"amount": True},
        {"amount": None},
        {"amount": 10**13},
        {"amount": 1, "ticket_ids": ["a" * 24]},
        {"ticket_ids": []},
        {"ticket_ids": None},
        {"ticket_ids": ["a" * 24]},
        {"ticket_ids": ["x"]},
        {"ticket_ids": ["a" * 24] * 2},
        {"ticket_ids": [f"{n:024x}" for n in range(101)]},
        {"reason": "x" * 1001},
        {"reason": "\0"},
        {"more": 1},
    ],
)
def test_what_cannot_be_asked_is_a_422(app, organizer, event, body):
    (booking,) = put(app, event["id"])
    assert_problem(organizer.post(path(event, booking), body), 422, "validation_failed")
    assert refunds_of(app, booking) == []


def test_nothing_goes_back_where_nothing_was_paid(app, organizer, customer):
    event = event_of(organizer, "none")
    seat = event["ticket_types"][0]["id"]
    items = [{"ticket_type_id": seat, "quantity": 1}]
    booking = customer.post("/bookings", {"event_id": event["id"], "items": items}).json
    answer = organizer.post(f"/events/{event['id']}/bookings/{booking['id']}/refunds")
    assert assert_problem(answer, 409, "refund_exceeds_payment")["refundable"] == 0


def test_a_booking_of_another_event_is_not_found(app, organizer, event, mode):
    (booking,) = put(app, event["id"])
    other = event_of(organizer, mode)
    assert_problem(organizer.post(path(other, booking)), 404, "booking_not_found")
    assert_problem(organizer.get(path(other, booking)), 404, "booking_not_found")
    assert_problem(organizer.get(path(event, {"_id": ObjectId()})), 404, "booking_not_found")


def test_nobody_but_the_owner_gives_money_back(app, organizer, event):
    (booking,) = put(app, event["id"])
    for role in ("organizer", "customer"):
        assert sign_up(app, role).post(path(event, booking)).status_code == 403
    assert refunds_of(app, booking) == []


def lost(*_args):
    """The database is away when the answer is to be kept."""
    raise AutoReconnect("away")


def test_the_same_key_refunds_once_even_if_its_answer_was_lost(app, organizer, event, clock, monkeypatch):
    (booking,) = put(app, event["id"])
    key = {"Idempotency-Key": str(uuid4())}
    with monkeypatch.context() as patch:
        patch.setattr(IdempotencyKeys, "keep", lost)
        assert organizer.post(path(event, booking), {"amount": 100}, headers=key).status_code == 503
    clock.advance(minutes=2)
    again = organizer.post(path(event, booking), {"amount": 100}, headers=key)
    assert (again.status_code, again.json["amount"]) == (201, 100)
    assert len(refunds_of(app, booking)) == 1


def test_what_a_customer_cancels_goes_back_by_itself_or_is_handed_back(app, organizer, event, mode, customer):
    (booking,) = put(app, event["id"], customer_id=ObjectId(customer.user["id"]))
    assert customer.post(f"/bookings/{booking['_id']}/cancel").json["payment"]["owed"] == 5000
    assert money_of(app, booking) == (5000, 5000, 0, 5000, 0)
    if mode == "stripe":
        (refund,) = refunds_of(app, booking)
        assert (refund["status"], refund["amount"], refund["made_by"]) == ("pending", 5000, None)
        assert_problem(organizer.post(path(event, booking)), 409, "refund_exceeds_payment")
    else:
        assert refunds_of(app, booking) == []
        assert organizer.post(path(event, booking)).json["amount"] == 5000
        assert money_of(app, booking) == (5000, 5000, 5000, 0, 0)
    assert audited(app) == []


def test_one_refund_of_several_payments_is_several_refunds(app, organizer, event):
    (booking,) = put(app, event["id"])
    payments = services_of(app)[PaymentStore]
    (whole,) = payments.of_bookings([booking["_id"]])
    payments.change({whole["_id"]: {"amount": 2000}}, None)
    payments.insert([whole | {"_id": ObjectId(), "amount": 3000}], None)
    made = organizer.post(path(event, booking)).json
    parts = refunds_of(app, booking)
    assert sorted(part["amount"] for part in parts) == [2000, 3000]
    assert made["id"] in {str(part["_id"]) for part in parts}
    assert [each["refunded"] for each in payments.of_bookings([booking["_id"]])] == [2000, 3000]
    assert audited(app) == []


def test_the_list_has_pages(app, organizer, event):
    (booking,) = put(app, event["id"])
    made = [organizer.post(path(event, booking), {"amount": 1}).json["id"] for _ in range(3)]
    page = organizer.get(f"{path(event, booking)}?limit=2").json
    rest = organizer.get(f"{path(event, booking)}?limit=2&cursor={page['next_cursor']}").json
    assert {each["id"] for each in page["items"] + rest["items"]} == set(made)
    assert rest["next_cursor"] is None


def test_the_feed_tells_of_what_was_handed_back(app, organizer):
    event = event_of(organizer, "manual")
    (booking,) = put(app, event["id"])
    organizer.post(path(event, booking), {"amount": 1500})
    told = organizer.get(f"/events/{event['id']}/changes").json["items"][-1]
    (refund,) = refunds_of(app, booking)
    assert (told["type"], told["data"]["actor"]["id"]) == ("payment.refunded", organizer.user["id"])
    assert told["data"]["payment"] == {
        **{"id": str(refund["payment_id"]), "booking_id": str(booking["_id"])},
        **{"status": "succeeded", "amount": 1500, "currency": "USD", "booking_amount": 3500},
    }


def test_the_numbers_of_an_event_have_what_was_refunded(app, organizer):
    event = event_of(organizer, "manual")
    booking, _ = put(app, event["id"], bookings=2)
    organizer.post(path(event, booking), {"amount": 1500})
    stats = organizer.get(f"/events/{event['id']}/stats").json
    assert (stats["revenue"], stats["refunded"], stats["by_ticket_type"][0]["revenue"]) == (8500, 1500, 10000)
