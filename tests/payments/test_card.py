"""A customer pays by card: the attempt, what becomes of it, and what happens when the provider does not play along."""

import pytest

from booking_api.payments.provider_events import ProviderEvents
from booking_api.payments.store import PaymentStore

from ..asserting import assert_problem
from .world import message, money, order, pay, seen, told


def test_the_same_attempt_is_answered_until_it_is_paid(customer, by_card, provider):
    booking = order(customer, by_card)
    first, again = pay(customer, booking), pay(customer, booking)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["client_secret"].endswith("_secret")
    assert (first.json["amount"], first.json["currency"], first.json["status"]) == (5000, "EUR", "open")
    assert first.json["expires_at"] == booking["hold_expires_at"]
    assert seen(customer, booking) == ("held", "pending")
    assert len(provider.intents) == 1


def test_the_secret_is_kept_nowhere(app, customer, by_card, services):
    secret = pay(customer, order(customer, by_card)).json["client_secret"]
    stored = services[PaymentStore].collection.database
    assert all(secret not in str(row) for name in stored.list_collection_names() for row in stored[name].find())


def test_a_message_of_the_provider_confirms_the_booking_once(
    app, customer, organizer, by_card, provider, work, outgoing
):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.pay(attempt)
    for number in (1, 1, 2):
        assert message(app, attempt, number).status_code == 200
    work()
    assert seen(customer, booking) == ("confirmed", "paid")
    assert money(customer, booking) == (5000, 0, 0)
    assert told(organizer, by_card)[1:] == ["booking.held", "payment.succeeded", "booking.confirmed"]
    assert [line for line in outgoing.lines if "confirmation" in line]
    assert_problem(pay(customer, booking), 409, "already_paid")


def test_a_lost_message_is_found_by_reading_the_payments(customer, by_card, provider):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.pay(attempt)
    (listed,) = customer.get(f"/bookings/{booking['id']}/payments").json["items"]
    assert (listed["id"], listed["status"]) == (attempt, "succeeded")
    assert "client_secret" not in listed
    assert seen(customer, booking) == ("confirmed", "paid")


def test_a_declined_card_can_be_tried_again_with_the_same_attempt(app, customer, organizer, by_card, provider, work):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.decline(attempt)
    for number in (1, 2):
        message(app, attempt, number)
    work()
    assert seen(customer, booking) == ("held", "failed")
    assert told(organizer, by_card).count("payment.failed") == 1
    assert pay(customer, booking).json["id"] == attempt
    provider.decline(attempt, attempt="ch_2")
    message(app, attempt, 3)
    work()
    assert told(organizer, by_card).count("payment.failed") == 2
    provider.process(attempt)
    message(app, attempt, 4)
    work()
    assert seen(customer, booking) == ("held", "pending")
    assert customer.get(f"/bookings/{booking['id']}/payments").json["items"][0]["failure"] == "card_declined"


def test_another_attempt_follows_one_that_the_provider_has_cancelled(customer, by_card, provider):
    booking = order(customer, by_card)
    first = pay(customer, booking).json["id"]
    provider.cancel(f"pi_{first}")
    second = pay(customer, booking)
    assert (second.status_code, second.json["status"]) == (201, "open")
    listed = customer.get(f"/bookings/{booking['id']}/payments").json["items"]
    assert [(each["id"], each["status"]) for each in listed] == [(second.json["id"], "open"), (first, "cancelled")]


@pytest.mark.parametrize("call", ["open", "fetch"])
def test_while_the_provider_is_away_nothing_is_lost(customer, by_card, provider, call):
    booking = order(customer, by_card)
    if call == "fetch":
        pay(customer, booking)
    provider.away(call)
    refused = pay(customer, booking)
    assert_problem(refused, 503, "provider_unavailable")
    assert refused.headers["Retry-After"]
    provider.back()
    assert pay(customer, booking).status_code == 200
    assert len(provider.intents) == 1


def test_what_the_provider_refuses_is_closed_and_said(customer, by_card, provider):
    booking = order(customer, by_card)
    provider.refuse("amount_too_small", "open")
    assert assert_problem(pay(customer, booking), 409, "payment_refused")["reason"] == "amount_too_small"
    assert seen(customer, booking) == ("held", "due")
    provider.back()
    assert pay(customer, booking).status_code == 201


def test_only_what_is_due_by_card_can_be_paid(customer, other, organizer, by_card, by_hand, provider):
    assert_problem(pay(customer, order(customer, by_hand)), 409, "payment_not_online")
    booking = order(customer, by_card)
    assert_problem(pay(other, booking), 404, "booking_not_found")
    customer.post(f"/bookings/{booking['id']}/cancel")
    assert_problem(pay(customer, booking), 409, "booking_cancelled")
    assert provider.calls == []


def test_after_its_time_a_hold_is_not_paid(customer, by_card, clock):
    booking = order(customer, by_card)
    clock.advance(minutes=16)
    assert_problem(pay(customer, booking), 409, "hold_expired")


def test_another_amount_is_not_counted_and_its_job_has_failed(app, customer, by_card, provider, work, services):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.pay(attempt, received=4999)
    message(app, attempt)
    work()
    assert seen(customer, booking) == ("held", "pending")
    outbox = services[PaymentStore].collection.database["outbox"]
    (failed,) = outbox.find({"state": "failed"})
    assert failed["kind"] == "payments.follow_provider"
    assert_problem(pay(customer, booking), 409, "payment_mismatch")


def test_a_message_that_is_not_the_providers_is_refused(app, customer, by_card, work):
    attempt = pay(customer, order(customer, by_card)).json["id"]
    assert_problem(message(app, attempt, signature="forged"), 400, "invalid_webhook")
    assert_problem(message(app, attempt, padding="x" * 256_000), 400, "invalid_webhook")
    assert message(app, attempt, ignored=True).status_code == 200
    work()


@pytest.mark.parametrize("payment_id", [None, "p1", "0a9e8d7c6b5f4e3d2c1b0a99"])
def test_messages_about_what_is_not_ours_come_to_nothing(app, provider, work, payment_id):
    assert message(app, payment_id).status_code == 200
    work()
    assert provider.calls == []


def test_refunds_are_left_to_who_gives_money_back(app, services, work):
    heard = []
    services[ProviderEvents].refund_changed = heard.append
    message(app, None, intent_id="pi_1", refund_id="re_1")
    work()
    assert heard == ["re_1"]


def test_under_a_key_the_first_answer_comes_again(customer, by_card, provider):
    booking = order(customer, by_card)
    path, headers = f"/bookings/{booking['id']}/payments", {"Idempotency-Key": "pay-1"}
    first, again = (customer.post(path, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert (pay(customer, booking).status_code, len(provider.intents)) == (200, 1)


def test_attempts_are_listed_page_by_page_to_customer_and_organizer(customer, organizer, by_card, provider, clock):
    booking = order(customer, by_card)
    provider.refuse("amount_too_small", "open")
    for _ in range(3):
        pay(customer, booking)
        clock.advance(seconds=1)
    seen_by = {
        f"/bookings/{booking['id']}/payments": customer,
        f"/events/{by_card['id']}/bookings/{booking['id']}/payments": organizer,
    }
    for path, caller in seen_by.items():
        everything = caller.get(path).json["items"]
        first = caller.get(f"{path}?limit=2").json
        rest = caller.get(f"{path}?limit=2&cursor={first['next_cursor']}").json
        assert (first["items"] + rest["items"], rest["next_cursor"]) == (everything, None)
        assert [each["created_at"] for each in everything] == sorted(
            (each["created_at"] for each in everything), reverse=True
        )
        assert len(everything) == 3
        assert_problem(caller.get(f"{path}?limit=101"), 422, "validation_failed")
        assert_problem(caller.get(f"{path}?cursor=x"), 422, "validation_failed")
