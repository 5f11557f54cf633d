"""What goes wrong at Stripe: try later or refused for good, in bounded time, and never with a secret in the text."""

import json
import logging
import math
import time
import traceback
from dataclasses import replace
from types import SimpleNamespace

import pytest
import stripe

from booking_api.payments.providers import port, stripe_http
from booking_api.payments.providers.port import ProviderRefused, ProviderUnavailable
from booking_api.payments.providers.stripe import StripeProvider
from booking_api.payments.providers.stripe_refusals import translated
from booking_api.storage.deadline import deadline

from ...fake_stripe import KEY, order, provider_of

CREATE, REFUND = "POST /v1/payment_intents", "POST /v1/refunds"
TWICE = stripe_http.RETRIES + 1  # so that the library's own repetition fails too


@pytest.mark.parametrize("kind", ["error", "rate_limit"])
def test_an_error_of_stripes_own_and_too_many_calls_are_for_later(fake, provider, kind):
    fake.fail_next(kind, on=CREATE)
    with pytest.raises(ProviderUnavailable):
        provider.open(order())
    assert provider.open(order()).status == port.OPEN
    assert len(fake.intents.all()) == 1


@pytest.mark.parametrize("kind", ["error", "cut"])
def test_a_payment_whose_answer_was_lost_is_found_by_asking_again(fake, provider, kind):
    fake.fail_next(kind, effect=True, count=TWICE, on=CREATE)
    with pytest.raises(ProviderUnavailable):
        provider.open(order())
    (made,) = fake.intents.all()
    fake.faults.clear()
    assert provider.open(order()).id == made["id"]


@pytest.mark.parametrize("kind", ["error", "cut"])
def test_a_refund_whose_answer_was_lost_goes_back_once(fake, provider, kind):
    intent = provider.open(order())
    fake.pay(intent.id)
    fake.fail_next(kind, effect=True, count=TWICE, on=REFUND)
    with pytest.raises(ProviderUnavailable):
        provider.refund("r1", intent.id, 2500, "EUR")
    fake.faults.clear()
    assert provider.refund("r1", intent.id, 2500, "EUR").amount == 2500
    assert len(fake.refunds.list({})["data"]) == 1


def test_a_connection_that_ends_without_an_answer_is_tried_once_more(fake, provider):
    fake.fail_next("cut", effect=True, on=CREATE)
    assert provider.open(order()).status == port.OPEN
    assert len(fake.intents.all()) == 1


def test_a_cancel_whose_answer_was_lost_has_happened(fake, provider):
    intent = provider.open(order())
    fake.fail_next("cut", effect=True, on=f"POST /v1/payment_intents/{intent.id}/cancel")
    assert provider.cancel(intent.id).status == port.CANCELLED


def test_no_answer_in_time_is_for_later(fake):
    provider = provider_of(fake, call_seconds=0.1)
    fake.fail_next("timeout")
    with pytest.raises(ProviderUnavailable):
        provider.fetch("pi_1")


def test_nobody_who_listens_is_for_later(fake):
    provider = StripeProvider(KEY, None, "http://127.0.0.1:9")  # the port of discard
    with pytest.raises(ProviderUnavailable):
        provider.fetch("pi_1")


def test_a_call_ends_at_the_deadline_of_the_request(fake, provider):
    fake.fail_next("timeout", count=TWICE)
    with deadline(0.2), pytest.raises(ProviderUnavailable):
        provider.fetch("pi_1")
    with deadline(0.0), pytest.raises(ProviderUnavailable):
        provider.fetch("pi_1")
    assert fake.faults.take("GET /v1/payment_intents/pi_1")  # of the first call and of no repetition


def test_a_call_is_not_repeated_when_the_time_would_be_over_by_then(fake, provider, monkeypatch):
    naps = []
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 10)
    monkeypatch.setattr("stripe._http_client.time", SimpleNamespace(sleep=naps.append, time=time.time))
    fake.fail_next("cut", count=2)
    with deadline(15), pytest.raises(ProviderUnavailable):
        provider.fetch("pi_1")
    assert naps == []
    with pytest.raises(ProviderRefused):  # the second call is answered
        fake.faults.clear()
        fake.fail_next("cut")
        provider.fetch("pi_1")
    assert len(naps) == 1


def test_the_time_to_wait_is_what_is_left_and_never_more_than_the_bound(fake, provider, monkeypatch):
    patience = []

    def request(_self, *_args, timeout, **_options):
        patience.append(timeout)
        raise stripe_http.requests.ConnectTimeout

    monkeypatch.setattr(stripe_http.requests.Session, "request", request)
    for left in (math.inf, 60, 2):
        with deadline(left) if left < math.inf else translated(), pytest.raises(ProviderUnavailable):
            provider.fetch("pi_1")
    assert patience[:2] == [stripe_http.CALL_SECONDS] * 2
    assert 0 < patience[2] <= 2


def test_an_answer_that_is_too_large_is_for_later(fake, provider, monkeypatch):
    monkeypatch.setattr(stripe_http, "MOST_ANSWER_BYTES", 100)
    with pytest.raises(ProviderUnavailable):
        provider.open(order())


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (order(amount=49), port.AMOUNT_TOO_SMALL),
        (order(amount=100_000_000), port.AMOUNT_TOO_LARGE),
        (order(amount=49, currency="XXX"), port.CURRENCY_NOT_SUPPORTED),
        (order(amount=5000, currency="KPW"), port.CURRENCY_NOT_SUPPORTED),
        (order(amount=5000, currency="IQD"), port.CURRENCY_NOT_SUPPORTED),
        (order(amount=2501, currency="KWD"), port.AMOUNT_NOT_EXPRESSIBLE),
        (replace(order(), event_id="e" * 501), port.REFUSED),
    ],
)
def test_what_stripe_never_takes_is_refused_with_its_reason(fake, provider, wanted, reason):
    with pytest.raises(ProviderRefused) as refusal:
        provider.open(wanted)
    assert refusal.value.reason == reason
    assert fake.intents.all() == []


def answered(monkeypatch, status, code=None, kind="invalid_request_error", **members):
    """Let every call be answered with an error."""
    body = {"error": {"type": kind, "message": f"Of {KEY}.", "code": code} | members}

    def request(self, *_args, **_options):
        return json.dumps(body).encode(), status, {"request-id": "req_1", "stripe-should-retry": "false"}

    monkeypatch.setattr(stripe_http.BoundedClient, "request", request)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "idempotency_key_in_use", "invalid_request_error"),
        (409, "lock_timeout", "invalid_request_error"),
        (409, None, "invalid_request_error"),
        (429, "lock_timeout", "invalid_request_error"),
        (429, None, "invalid_request_error"),
        (400, "rate_limit", "invalid_request_error"),
        (500, None, "api_error"),
        (503, None, "api_error"),
        (302, None, "api_error"),
        (401, None, "invalid_request_error"),
        (403, None, "invalid_request_error"),
    ],
)
def test_what_may_go_better_later_is_for_later(provider, monkeypatch, status, code, kind):
    answered(monkeypatch, status, code, kind)
    for call in (
        lambda: provider.open(order()),
        lambda: provider.cancel("pi_1"),
        lambda: provider.fetch_refund("re_1"),
    ):
        with pytest.raises(ProviderUnavailable):
            call()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("charge_already_refunded", port.REFUND_EXCEEDS_PAYMENT),
        ("charge_disputed", port.DISPUTED),
        ("balance_insufficient", port.INSUFFICIENT_BALANCE),
        ("something_new", port.REFUSED),
        (None, port.REFUSED),
    ],
)
def test_why_a_refund_is_refused_is_told(provider, monkeypatch, code, reason):
    answered(monkeypatch, 400, code)
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund("r1", "pi_1", 100, "EUR")
    assert refusal.value.reason == reason


def test_a_cancel_that_was_refused_while_the_payment_stays_open_is_for_later(fake, provider, monkeypatch):
    intent = provider.open(order())
    ask = stripe_http.BoundedClient.request

    def refuse(self, method, url, *args, **options):
        if url.endswith("/cancel"):
            return b'{"error": {"code": "payment_intent_unexpected_state"}}', 400, {}
        return ask(self, method, url, *args, **options)

    monkeypatch.setattr(stripe_http.BoundedClient, "request", refuse)
    with pytest.raises(ProviderUnavailable):
        provider.cancel(intent.id)


def test_an_answer_that_is_no_json_is_for_later(provider, monkeypatch):
    def request(self, *_args, **_options):
        return b"<html>pi_1_secret_hidden", 200, {}

    monkeypatch.setattr(stripe_http.BoundedClient, "request", request)
    with pytest.raises(ProviderUnavailable) as failure:
        provider.fetch("pi_1")
    assert "hidden" not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_no_error_shows_the_key_or_what_stripe_said(provider, monkeypatch, status):
    answered(monkeypatch, status, "some_code", param="amount", payment_intent={"client_secret": "pi_1_secret_hidden"})
    with pytest.raises((ProviderRefused, ProviderUnavailable)) as failure:
        provider.open(order())
    shown = "".join(traceback.format_exception(failure.value))
    assert KEY not in shown and "hidden" not in shown
    assert "req_1" in str(failure.value)  # by which it is found in Stripe's dashboard


def test_nothing_is_logged_of_what_is_sent_and_answered(fake, provider, caplog):
    caplog.set_level(logging.DEBUG)
    intent = provider.open(order())
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert intent.client_secret not in logged and KEY not in logged


def test_fields_that_are_missing_are_as_if_they_were_null(provider, monkeypatch):
    def request(self, *_args, **_options):
        return b'{"id": "pi_1", "status": "requires_something_new", "currency": "eur"}', 200, {}

    monkeypatch.setattr(stripe_http.BoundedClient, "request", request)
    found = provider.fetch("pi_1")
    assert (found.status, found.amount, found.client_secret, found.payment_id) == (port.PROCESSING, 0, None, None)
    assert provider.fetch_refund("re_1").status == port.PENDING
