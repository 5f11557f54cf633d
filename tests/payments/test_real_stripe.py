"""Payments on the real server with the fake of Stripe over HTTP: late, twice, never, crashed, and in every order."""

from contextlib import suppress

import pytest
import stripe

from booking_api.bookings.sales import Sales
from booking_api.development.fake_stripe.errors import Refusal
from booking_api.http.services import services_of
from booking_api.payments.requests import PaymentNoted
from booking_api.payments.states import ProviderStates

from ..apps import run_jobs
from ..asserting import assert_problem, available
from .races import together
from .real import running
from .world import pay


@pytest.fixture
def world(indexed, database, outgoing, clock, monkeypatch):
    """An app that takes cards; whoever calls Stripe again does not wait before."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with running(database, outgoing, clock) as made:
        yield made


def test_a_payment_confirms_though_its_message_comes_twice(world):
    booking, intent = world.opened()
    world.fake.events.repeat(2)
    world.fake.pay(intent)
    world.messages_arrive()
    run_jobs(world.app)
    assert (world.seen(booking), world.money(booking)) == (("confirmed", "paid"), (5000, 0))
    world.assert_right()


def test_a_declined_card_and_then_another_one(world):
    booking, intent = world.opened()
    world.fake.pay(intent, "pm_card_visa_chargeDeclined")
    world.messages_arrive()
    run_jobs(world.app)
    assert world.seen(booking) == ("held", "failed")
    assert pay(world.customer, booking).json["client_secret"].startswith(intent)
    world.fake.pay(intent)
    world.messages_arrive()
    run_jobs(world.app)
    assert world.seen(booking) == ("confirmed", "paid")
    world.assert_right()


def test_without_any_message_the_end_of_the_hold_finds_the_payment(world, clock):
    booking, intent = world.opened()
    world.fake.events.drop_next(10)
    world.fake.pay(intent)
    clock.advance(minutes=16)
    run_jobs(world.app)
    assert (world.seen(booking), available(world.customer, world.event)) == (("confirmed", "paid"), 3)
    world.assert_right()


@pytest.mark.parametrize("message_first", [True, False])
def test_success_and_expiry_in_either_order_confirm(world, clock, message_first):
    booking, intent = world.opened()
    world.fake.events.hold()
    clock.advance(minutes=16)
    world.fake.pay(intent)
    if message_first:
        world.fake.events.release()
        world.messages_arrive()
    run_jobs(world.app)
    world.fake.events.release()
    world.messages_arrive()
    run_jobs(world.app)
    assert (world.seen(booking), world.money(booking)) == (("confirmed", "paid"), (5000, 0))
    world.assert_right()


def test_who_pays_in_the_moment_of_expiry_keeps_the_tickets(world, clock):
    booking, intent = world.opened()
    world.fake.intents.succeed_on_cancel(intent)
    clock.advance(minutes=16)
    run_jobs(world.app)
    world.messages_arrive()
    run_jobs(world.app)
    assert (world.seen(booking), world.money(booking)) == (("confirmed", "paid"), (5000, 0))
    world.assert_right()


def test_who_is_too_late_cannot_pay_any_more(world, clock):
    booking, intent = world.opened()
    clock.advance(minutes=16)
    run_jobs(world.app)
    assert world.seen(booking) == ("expired", "none")
    assert world.fake.intents.fetch(intent)["status"] == "canceled"
    assert available(world.customer, world.event) == 5
    world.messages_arrive()
    run_jobs(world.app)
    world.assert_right()


def test_a_message_that_overtakes_the_answer_confirms(world):
    booking = world.order()
    world.fake.fail_next("cut", effect=True, count=2, on="POST /v1/payment_intents")
    assert_problem(pay(world.customer, booking), 503, "provider_unavailable")
    (stored,) = world.payments()
    assert stored["status"] == "opening" and "provider_id" not in stored
    (intent,) = world.fake.intents.all()
    world.fake.pay(intent["id"])
    world.messages_arrive()
    run_jobs(world.app)
    assert world.seen(booking) == ("confirmed", "paid")
    world.assert_right()


class Crash(BaseException):
    """The process ends here."""


def crash(*_args, **_options):
    """End the process."""
    raise Crash


@pytest.mark.parametrize("step", ["before the provider", "before its id is stored", "before the answer"])
def test_an_opening_that_crashed_goes_on_with_the_same_payment(world, monkeypatch, step):
    booking = world.order()
    sales = services_of(world.app)[Sales]
    apply = sales.apply

    def apply_or_crash(event_id, request):
        if not isinstance(request, PaymentNoted):
            return apply(event_id, request)
        if step == "before the answer":
            apply(event_id, request)
        raise Crash

    with monkeypatch.context() as patch:
        if step == "before the provider":
            patch.setattr(ProviderStates, "state_of", crash)
        else:
            patch.setattr(sales, "apply", apply_or_crash)
        with pytest.raises(Crash):
            pay(world.customer, booking)
    (stored,) = world.payments()
    attempt = pay(world.customer, booking)
    assert (attempt.status_code, attempt.json["id"]) == (200, str(stored["_id"]))
    (intent,) = world.fake.intents.all()
    world.fake.pay(intent["id"])
    world.messages_arrive()
    run_jobs(world.app)
    assert (world.seen(booking), len(world.payments())) == (("confirmed", "paid"), 1)
    world.assert_right()


def test_many_who_ask_at_once_have_one_attempt(world):
    booking = world.order()
    answers = together(8, lambda: pay(world.customer, booking))
    assert {answer.status_code for answer in answers} <= {200, 201, 503}
    assert len(world.payments()) == len(world.fake.intents.all()) == 1
    assert pay(world.customer, booking).status_code == 200


def test_cancel_and_success_at_once_leave_either_nothing_paid_or_all_owed(world, large):
    for _ in range(4 * large):
        booking, intent = world.opened()
        done = together(
            1,
            lambda intent=intent: try_to_pay(world, intent),
            lambda booking=booking: world.customer.post(f"/bookings/{booking['id']}/cancel"),
        )
        assert len(done) == 2
        world.messages_arrive()
        run_jobs(world.app)
        assert world.seen(booking)[0] == "cancelled"
        paid = world.fake.intents.fetch(intent)["status"] == "succeeded"
        assert world.money(booking) == ((5000, 5000) if paid else (0, 0))
    assert available(world.customer, world.event) == 5
    world.assert_right()


def test_success_and_expiry_at_once_confirm_or_let_go(world, clock, large):
    for _ in range(4 * large):
        event = world.event
        booking, intent = world.opened(1)
        clock.advance(minutes=16)
        together(1, lambda intent=intent: try_to_pay(world, intent), lambda: run_jobs(world.app))
        world.messages_arrive()
        run_jobs(world.app)
        paid = world.fake.intents.fetch(intent)["status"] == "succeeded"
        assert world.seen(booking)[0] == ("confirmed" if paid else "expired")
        assert world.money(booking) == ((2500, 0) if paid else (0, 0))
        if paid:
            world.customer.post(f"/bookings/{booking['id']}/cancel")
        assert available(world.customer, event) == 5
        world.log_in_again()
    world.assert_right()


def try_to_pay(world, intent):
    """Pay, unless it is too late."""
    with suppress(Refusal):
        world.fake.pay(intent)
