"""Payments and refunds at Stripe through the port, as the fake answers over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.payments.providers import port
from booking_api.payments.providers.port import ProviderRefused

from ...fake_stripe import order, provider_of


def test_a_payment_is_opened_with_what_names_it_and_cards_only(fake, provider):
    intent = provider.open(order(amount=2500, currency="EUR", description="2 tickets"))
    assert (intent.status, intent.amount, intent.received, intent.currency) == (port.OPEN, 2500, 0, "EUR")
    assert intent.payment_id == "p1"
    made = fake.intents.fetch(intent.id)
    assert made["client_secret"] == intent.client_secret
    assert made["metadata"] == {"payment_id": "p1", "booking_id": "b1", "event_id": "e1"}
    assert (made["allowed_payment_method_types"], made["description"]) == (["card"], "2 tickets")


def test_a_client_secret_is_not_in_what_is_printed(provider):
    intent = provider.open(order())
    assert intent.client_secret and intent.client_secret not in repr(intent)


def test_opening_a_payment_again_gives_the_same_one_in_its_present_state(fake, provider):
    first = provider.open(order())
    assert provider.open(order()) == first
    fake.pay(first.id)
    again = provider.open(order())
    assert (again.id, again.status, again.received) == (first.id, port.SUCCEEDED, 2500)
    assert len(fake.intents.all()) == 1


def test_two_payments_are_two(provider):
    assert provider.open(order("p1")).id != provider.open(order("p2")).id


def test_one_payment_that_is_opened_by_many_at_once_is_one(fake, provider):
    def attempt(_):
        try:
            return provider.open(order()).id
        except port.ProviderUnavailable:  # another one with the same key is not done yet
            return None

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(attempt, range(24)))
    assert len(ids - {None}) == 1
    assert len(fake.intents.all()) == 1


def test_other_content_for_the_same_payment_is_refused(provider):
    provider.open(order(amount=2500))
    with pytest.raises(ProviderRefused) as refusal:
        provider.open(order(amount=2600))
    assert refusal.value.reason == port.MISMATCH


def test_a_long_description_is_cut(fake, provider):
    intent = provider.open(order(description="ü" * 2000))
    assert fake.intents.fetch(intent.id)["description"] == "ü" * 1000


@pytest.mark.parametrize(
    ("card", "status", "failure"),
    [
        ("pm_card_visa", port.SUCCEEDED, None),
        ("pm_card_fake_processing", port.PROCESSING, None),
        ("pm_card_authenticationRequired", port.OPEN, None),
        ("pm_card_visa_chargeDeclined", port.OPEN, "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", port.OPEN, "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", port.OPEN, "expired_card"),
    ],
)
def test_what_a_card_does_is_the_state_of_its_payment(fake, provider, card, status, failure):
    intent = provider.open(order())
    fake.pay(intent.id, card)
    paid = provider.fetch(intent.id)
    assert (paid.status, paid.failure) == (status, failure)
    assert paid.received == (2500 if status == port.SUCCEEDED else 0)


def test_each_decline_differs_from_the_next_and_none_is_left_once_it_is_paid(fake, provider):
    intent = provider.open(order())
    attempts = []
    for _ in range(2):
        fake.pay(intent.id, "pm_card_visa_chargeDeclined")
        attempts.append(provider.fetch(intent.id).failed_attempt)
    fake.pay(intent.id, "pm_card_authenticationRequired")
    fake.intents.finish(intent.id, succeeded=False)
    failed = provider.fetch(intent.id)
    assert failed.failure == "payment_intent_authentication_failure"
    assert len({*attempts, failed.failed_attempt, None}) == 4
    fake.pay(intent.id)
    paid = provider.fetch(intent.id)
    assert (paid.status, paid.failure, paid.failed_attempt) == (port.SUCCEEDED, None, None)


@pytest.mark.parametrize(("succeeded", "status"), [(True, port.SUCCEEDED), (False, port.OPEN)])
def test_a_payment_that_is_processing_ends_when_the_bank_answers(fake, provider, succeeded, status):
    intent = provider.open(order())
    fake.pay(intent.id, "pm_card_fake_processing")
    fake.intents.finish(intent.id, succeeded=succeeded)
    assert provider.fetch(intent.id).status == status


def test_an_open_payment_is_cancelled_and_cannot_be_paid_any_more(fake, provider):
    intent = provider.open(order())
    fake.pay(intent.id, "pm_card_visa_chargeDeclined")
    assert provider.cancel(intent.id).status == port.CANCELLED
    assert provider.cancel(intent.id).status == port.CANCELLED  # as often as one likes
    with pytest.raises(Exception, match="status of canceled"):
        fake.pay(intent.id)
    assert provider.fetch(intent.id).received == 0


def test_a_payment_that_is_paid_or_processing_is_not_cancelled_and_says_so(fake, provider):
    paid, processing = provider.open(order("p1")), provider.open(order("p2"))
    fake.pay(paid.id)
    fake.pay(processing.id, "pm_card_fake_processing")
    assert provider.cancel(paid.id) == provider.fetch(paid.id)
    assert provider.cancel(paid.id).status == port.SUCCEEDED
    assert provider.cancel(processing.id).status == port.PROCESSING


def test_a_customer_who_pays_in_the_moment_of_the_cancel_has_paid(fake, provider):
    intent = provider.open(order())
    fake.intents.succeed_on_cancel(intent.id)
    cancelled = provider.cancel(intent.id)
    assert (cancelled.status, cancelled.received) == (port.SUCCEEDED, 2500)


def test_a_payment_that_is_not_there_is_neither_fetched_nor_cancelled(provider):
    for call in (provider.fetch, provider.cancel):
        with pytest.raises(ProviderRefused) as refusal:
            call("pi_nowhere")
        assert refusal.value.reason == port.NOT_FOUND


@pytest.fixture
def paid(fake, provider):
    """A payment of 25.00 that succeeded."""
    intent = provider.open(order())
    fake.pay(intent.id)
    return intent.id


def test_a_refund_goes_back_once_however_often_it_is_asked_for(fake, provider, paid):
    first = provider.refund("r1", paid, 1000, "EUR")
    assert (first.status, first.amount, first.currency) == (port.SUCCEEDED, 1000, "EUR")
    assert (first.refund_id, first.payment_id) == ("r1", "p1")
    assert provider.refund("r1", paid, 1000, "EUR") == first == provider.fetch_refund(first.id)
    assert len(fake.refunds.list({})["data"]) == 1


def test_a_refund_goes_back_once_even_when_stripe_has_forgotten_its_key(fake, provider, paid):
    first = provider.refund("r1", paid, 1000, "EUR")
    fake.keys.clear()
    assert provider.refund("r1", paid, 1000, "EUR") == first
    assert len(fake.refunds.list({})["data"]) == 1


def test_a_refund_is_found_among_hundreds_of_others(fake, provider, paid):
    first = provider.refund("r1", paid, 10, "EUR")
    for _ in range(205):
        fake.refunds.create({"payment_intent": paid, "amount": "1"})
    fake.keys.clear()
    assert provider.refund("r1", paid, 10, "EUR") == first


def test_refunds_never_exceed_the_payment_whatever_runs_in_parallel(fake, provider, paid):
    def attempt(number):
        try:
            return provider.refund(f"r{number}", paid, 1000, "EUR").amount
        except ProviderRefused as refused:
            assert refused.reason == port.REFUND_EXCEEDS_PAYMENT
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [0] * 6 + [1000] * 2
    assert provider.refund("rest", paid, 500, "EUR").amount == 500
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund("more", paid, 1, "EUR")
    assert refusal.value.reason == port.REFUND_EXCEEDS_PAYMENT


def test_what_nobody_has_paid_is_not_refunded(provider):
    intent = provider.open(order())
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund("r1", intent.id, 100, "EUR")
    assert refusal.value.reason == port.NOTHING_TO_REFUND


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_refund_that_is_pending_ends_when_the_bank_answers(fake, provider, succeeded):
    intent = provider.open(order())
    fake.pay(intent.id, "pm_card_pendingRefund")
    refund = provider.refund("r1", intent.id, 2500, "EUR")
    assert refund.status == port.PENDING
    fake.refunds.finish(refund.id, succeeded=succeeded)
    ended = provider.fetch_refund(refund.id)
    assert (ended.status, ended.failure is None) == ((port.SUCCEEDED, True) if succeeded else (port.FAILED, False))


def test_what_a_failed_refund_did_not_give_back_can_be_refunded_again(fake, provider):
    intent = provider.open(order())
    fake.pay(intent.id, "pm_card_refundFail")
    first = provider.refund("r1", intent.id, 2500, "EUR")
    fake.refunds.finish(first.id, succeeded=False)
    assert provider.fetch_refund(first.id).status == port.FAILED
    assert provider.refund("r2", intent.id, 2500, "EUR").status == port.SUCCEEDED


def test_a_restricted_key_is_as_good(fake):
    assert provider_of(fake, "rk_test_0123456789").open(order()).status == port.OPEN


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [(2500, "JPY", 2500), (2500, "KWD", 2500), (2500, "MGA", 25), (2500, "ISK", 250_000), (2500, "EUR", 2500)],
)
def test_stripe_is_asked_for_its_own_units_and_they_come_back_as_ours(fake, provider, amount, currency, sent):
    intent = provider.open(order(amount=amount, currency=currency))
    assert fake.intents.fetch(intent.id)["amount"] == sent
    fake.pay(intent.id)
    assert (provider.fetch(intent.id).received, intent.currency) == (amount, currency)
    assert provider.refund("r1", intent.id, amount, currency).amount == amount
