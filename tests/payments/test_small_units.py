"""Amounts that Stripe has no units for, such as of a dinar's three digits: refused before anybody has paid."""

import pytest

from booking_api.payments.providers.stripe import StripeProvider

from ..asserting import assert_problem
from ..builders import make_event
from .world import message, order, pay, seen


@pytest.fixture
def provider(provider):
    """A provider with the units of Stripe."""
    provider.require_expressible = StripeProvider("sk_test_1", None).require_expressible
    return provider


def dinars(organizer, price):
    """An event whose tickets cost so many thousandths of a dinar."""
    seat = {"name": "Seat", "price": price, "total": 5}
    return make_event(organizer, payment="stripe", currency="KWD", ticket_types=[seat], total_tickets=5)


def test_what_could_not_go_back_for_one_ticket_is_not_taken_for_two(customer, organizer, provider):
    booking = order(customer, dinars(organizer, 1005))
    assert assert_problem(pay(customer, booking), 409, "payment_refused")["reason"] == "amount_not_expressible"
    assert (seen(customer, booking), provider.intents) == (("held", "due"), {})


def test_an_amount_that_the_provider_cannot_give_back_is_refused(app, customer, organizer, provider, work):
    event = dinars(organizer, 1010)
    booking = order(customer, event)
    attempt = pay(customer, booking).json["id"]
    provider.pay(attempt)
    message(app, attempt)
    work()
    refunds = f"/events/{event['id']}/bookings/{booking['id']}/refunds"
    assert "amount" in assert_problem(organizer.post(refunds, {"amount": 5}), 422, "validation_failed")["errors"]
    assert organizer.post(refunds, {"amount": 10}).status_code == 201
