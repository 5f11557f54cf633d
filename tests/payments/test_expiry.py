"""Holds that run out, and bookings that are cancelled, while somebody may be paying for them."""

import pytest

from booking_api.bookings.audit import Audit
from booking_api.bookings.store import BookingStore
from booking_api.feed.audit import FeedAudit
from booking_api.payments.states import order_of
from booking_api.payments.store import PaymentStore

from ..asserting import assert_problem, available
from ..builders import make_event
from .world import PRICED, message, money, order, pay, seen


@pytest.fixture
def booking(customer, by_card):
    """A hold with an open attempt."""
    made = order(customer, by_card)
    return made | {"attempt": pay(customer, made).json["id"]}


@pytest.fixture
def run_out(clock, work):
    """Lets holds run out, and runs the jobs."""

    def run_out(minutes=16):
        clock.advance(minutes=minutes)
        work()

    return run_out


def faults(services):
    """What the audits find."""
    return [fault for audit in (Audit, FeedAudit) for found in services[audit].check() for fault in found]


def retry(services, clock, work):
    """Run the jobs that have failed once more."""
    outbox = services[PaymentStore].collection.database["outbox"]
    clock.advance(seconds=5)
    outbox.update_many({"state": "pending"}, {"$set": {"attempts": 0, "due_at": clock()}})
    work()


def test_the_attempt_is_cancelled_before_the_tickets_are_let_go(
    customer, by_card, booking, run_out, provider, services
):
    run_out()
    assert provider.intents[f"pi_{booking['attempt']}"].status == "cancelled"
    assert (seen(customer, booking), available(customer, by_card)) == (("expired", "none"), 5)
    (listed,) = customer.get(f"/bookings/{booking['id']}/payments").json["items"]
    assert listed["status"] == "cancelled"
    assert faults(services) == []


def test_who_has_paid_at_the_last_moment_keeps_the_tickets(customer, by_card, booking, run_out, provider, services):
    provider.pay(booking["attempt"])
    run_out()
    assert (seen(customer, booking), available(customer, by_card)) == (("confirmed", "paid"), 3)
    assert faults(services) == []


def test_while_the_provider_is_away_no_ticket_is_let_go(
    customer, by_card, booking, run_out, provider, services, clock, work
):
    provider.away()
    run_out()
    run_out(minutes=8)
    assert (seen(customer, booking), available(customer, by_card)) == (("held", "pending"), 3)
    assert faults(services) == []
    provider.back()
    retry(services, clock, work)
    assert (seen(customer, booking), available(customer, by_card)) == (("expired", "none"), 5)


def test_a_payment_on_its_way_keeps_the_hold_until_it_has_arrived(
    app, customer, by_card, booking, run_out, provider, log_in
):
    provider.process(booking["attempt"])
    run_out()
    customer = log_in(customer)
    held = customer.get(f"/bookings/{booking['id']}").json
    assert (held["status"], held["payment"]["status"]) == ("held", "pending")
    assert held["hold_expires_at"] == "2030-01-01T13:16:00Z"
    run_out(minutes=61)
    customer = log_in(customer)
    assert customer.get(f"/bookings/{booking['id']}").json["hold_expires_at"] == "2030-01-01T14:17:00Z"
    provider.pay(booking["attempt"])
    run_out(minutes=61)
    assert seen(log_in(customer), booking) == ("confirmed", "paid")


@pytest.mark.parametrize("refused", [False, True])
def test_an_attempt_whose_opening_was_interrupted_ends_with_its_hold(
    customer, by_card, provider, run_out, services, refused
):
    booking = order(customer, by_card)
    provider.away("open")
    pay(customer, booking)
    provider.back()
    if refused:
        provider.refuse("amount_too_small", "open")
    run_out()
    assert seen(customer, booking) == ("expired", "none")
    assert [intent.status for intent in provider.intents.values()] == ([] if refused else ["cancelled"])
    assert not services[PaymentStore].collection.count_documents({"open": True})


def test_a_message_may_come_before_the_answer(app, customer, by_card, provider, work, services):
    booking = order(customer, by_card)
    provider.away("open")
    pay(customer, booking)
    provider.back()
    stored = services[PaymentStore].collection.find_one()
    assert (stored["status"], "provider_id" in stored) == ("opening", False)
    provider.open(order_of(stored))
    provider.pay(str(stored["_id"]))
    message(app, str(stored["_id"]))
    work()
    assert seen(customer, booking) == ("confirmed", "paid")


def test_who_cancels_while_paying_has_the_attempt_closed_first(customer, by_card, booking, provider):
    assert customer.post(f"/bookings/{booking['id']}/cancel").json["status"] == "cancelled"
    assert provider.intents[f"pi_{booking['attempt']}"].status == "cancelled"
    assert money(customer, booking) == (0, 0, 0)


@pytest.mark.parametrize("by_staff", [False, True])
def test_who_cancels_what_was_just_paid_cancels_a_paid_booking(
    customer, organizer, by_card, booking, provider, by_staff
):
    provider.pay(booking["attempt"])
    if by_staff:
        organizer.post(f"/events/{by_card['id']}/bookings/{booking['id']}/cancel")
    else:
        customer.post(f"/bookings/{booking['id']}/cancel")
    assert (seen(customer, booking)[0], money(customer, booking)) == ("cancelled", (5000, 5000, 0))


@pytest.mark.parametrize("by_staff", [False, True])
def test_nothing_is_cancelled_while_the_provider_is_away(customer, organizer, by_card, booking, provider, by_staff):
    provider.away()
    path = f"/bookings/{booking['id']}/cancel"
    refused = organizer.post(f"/events/{by_card['id']}{path}") if by_staff else customer.post(path)
    assert_problem(refused, 503, "provider_unavailable")
    assert seen(customer, booking) == ("held", "pending")


@pytest.mark.parametrize("paid", [False, True])
def test_an_event_is_cancelled_at_once_and_its_attempts_end_afterwards(
    customer, organizer, by_card, booking, provider, work, services, paid
):
    provider.away()
    assert organizer.post(f"/events/{by_card['id']}/cancel").status_code == 200
    assert seen(customer, booking)[0] == "cancelled"
    provider.back()
    if paid:
        provider.pay(booking["attempt"])
    work()
    assert money(customer, booking) == ((5000, 5000, 0) if paid else (0, 0, 0))
    stored = services[BookingStore].collection.find_one()["payment"]
    assert not stored.get("attempt")
    assert not services[PaymentStore].collection.count_documents({"open": True})


def test_late_success_takes_the_tickets_again_or_goes_back(
    app, customer, other, by_card, booking, run_out, provider, work, services
):
    run_out()
    provider._set(f"pi_{booking['attempt']}", status="succeeded", received=5000)
    message(app, booking["attempt"])
    work()
    assert (seen(customer, booking), available(customer, by_card)) == (("confirmed", "paid"), 3)
    assert faults(services) == []


def test_late_success_goes_back_if_the_tickets_are_gone(
    app, customer, other, by_card, booking, run_out, provider, work, services
):
    run_out()
    order(other, by_card, 4)
    provider._set(f"pi_{booking['attempt']}", status="succeeded", received=5000)
    for number in (1, 2):
        message(app, booking["attempt"], number)
    work()
    assert (seen(customer, booking)[0], money(customer, booking)) == ("expired", (5000, 5000, 0))
    assert services[PaymentStore].collection.find_one({"status": "succeeded"})["late"]
    assert faults(services) == []


def test_a_cancel_that_is_refused_leaves_the_attempt_open(customer, organizer, clock, provider):
    event = make_event(organizer, payment="stripe", **PRICED | {"date": "2030-01-01T12:05:00Z"})
    booking = order(customer, event)
    attempt = pay(customer, booking).json["id"]
    clock.advance(minutes=6)
    refused = organizer.post(f"/events/{event['id']}/bookings/{booking['id']}/cancel")
    assert_problem(refused, 409, "event_past")
    assert provider.intents[f"pi_{attempt}"].status == "open"


def test_a_cancel_that_names_other_tickets_leaves_the_attempt_open(customer, booking, provider):
    ids = [ticket["id"] for ticket in booking["tickets"]]
    refused = customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [*ids[1:], "0" * 24]})
    assert_problem(refused, 422, "validation_failed")
    assert provider.intents[f"pi_{booking['attempt']}"].status == "open"
    assert customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": ids}).json["status"] == "cancelled"
    assert provider.intents[f"pi_{booking['attempt']}"].status == "cancelled"
