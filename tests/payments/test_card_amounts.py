"""Currencies of which cards are charged in larger units than they have: no part of what was paid cannot go back."""

import pytest

from booking_api.events.store import EventStore

from ..asserting import assert_problem
from ..builders import event_fields, make_event
from .world import order, pay

KWD = {"currency": "KWD", "payment": "stripe", "total_tickets": 5}


def types(price):
    """A ticket type at this price."""
    return {"ticket_types": [{"name": "Seat", "price": price, "total": 5}]}


@pytest.fixture
def event(organizer):
    """An event at 4.500 KWD that is paid by card."""
    return make_event(organizer, **KWD | types(4500))


@pytest.mark.parametrize(
    ("fields", "field"), [(types(4505), "ticket_types.0.price"), (types(4500) | {"currency": "LYD"}, "currency")]
)
def test_an_event_whose_price_cards_cannot_be_charged_is_not_made(organizer, fields, field):
    refused = organizer.post("/events", event_fields(**KWD | fields))
    assert list(assert_problem(refused, 422, "validation_failed")["errors"]) == [field]
    assert organizer.post("/events", event_fields(**KWD | fields | {"payment": "manual"})).status_code == 201


def test_no_edit_makes_a_price_that_cards_cannot_be_charged(organizer, event):
    path = f"/events/{event['id']}"
    refused = organizer.patch(path, {"ticket_types": [{"id": event["ticket_types"][0]["id"], "price": 4501}]})
    assert list(assert_problem(refused, 422, "validation_failed")["errors"]) == ["ticket_types.0.price"]
    assert_problem(organizer.patch(path, {"currency": "IQD"}), 422, "validation_failed")
    by_hand = {"payment": "manual", "ticket_types": [{"id": event["ticket_types"][0]["id"], "price": 4501}]}
    assert organizer.patch(path, by_hand).status_code == 200
    refused = organizer.patch(path, {"payment": "stripe"})
    assert list(assert_problem(refused, 422, "validation_failed")["errors"]) == ["ticket_types.0.price"]


def test_an_event_of_before_can_be_edited_otherwise(organizer, services, event):
    services[EventStore].collection.update_one({}, {"$set": {"ticket_types.0.price": 4501}})
    assert organizer.patch(f"/events/{event['id']}", {"title": "Another"}).status_code == 200


def test_a_code_takes_off_what_leaves_a_price_that_can_be_charged(organizer, customer, event):
    organizer.post(f"/events/{event['id']}/codes", {"code": "THIRD", "kind": "percent", "value": 33})
    asked = {"quantity": 1, "code": "third"}
    quote = customer.post(f"/events/{event['id']}/quote", asked).json
    booking = customer.post("/bookings", asked | {"event_id": event["id"]}).json
    assert (quote["amount"], booking["amount"], booking["discount"]["amount"]) == (3010, 3010, 1490)


def test_a_refund_that_cards_cannot_take_is_refused_at_once(organizer, customer, event, provider):
    booking = order(customer, event)
    provider.pay(pay(customer, booking).json["id"])
    customer.get(f"/bookings/{booking['id']}/payments")  # which looks at the provider
    path = f"/events/{event['id']}/bookings/{booking['id']}/refunds"
    assert list(assert_problem(organizer.post(path, {"amount": 1005}), 422, "validation_failed")["errors"]) == [
        "amount"
    ]
    assert organizer.post(path, {"amount": 1010}).status_code == 201
    assert customer.get(f"/bookings/{booking['id']}").json["payment"]["owed"] == 1010
