"""Idempotency keys, as Stripe documents them."""

from threading import Event, Thread

import pytest

from booking_api.development.fake_stripe.errors import Refusal
from booking_api.development.fake_stripe.idempotency import MOST_KEYS, Answer, IdempotencyKeys

from ...pids import CALM_SECONDS

FIELDS = {"amount": "2500", "currency": "eur", "allowed_payment_method_types[]": "card"}
KEY = {"Idempotency-Key": "k1"}


def test_the_same_key_and_the_same_parameters_get_the_same_answer(fake, call):
    first, second = (call("POST", "/v1/payment_intents", headers=KEY, **FIELDS) for _ in range(2))
    assert first.content == second.content
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert second.headers["Idempotency-Key"] == "k1"
    assert len(fake.intents.all()) == 1


def test_the_answer_of_before_is_given_though_the_state_has_changed(fake, call):
    made = call("POST", "/v1/payment_intents", headers=KEY, **FIELDS).json()
    fake.pay(made["id"])
    assert call("POST", "/v1/payment_intents", headers=KEY, **FIELDS).json() == made


def test_the_same_key_with_other_parameters_is_refused(fake, call):
    call("POST", "/v1/payment_intents", headers=KEY, **FIELDS)
    for path, fields in (("/v1/payment_intents", FIELDS | {"amount": "2600"}), ("/v1/refunds", FIELDS)):
        answer = call("POST", path, headers=KEY, **fields)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(fake.intents.all()) == 1


def test_a_key_of_parameters_that_cannot_be_can_be_used_again(call):
    assert call("POST", "/v1/payment_intents", headers=KEY, **FIELDS | {"amount": "x"}).status_code == 400
    assert call("POST", "/v1/payment_intents", headers=KEY, **FIELDS).status_code == 200


def test_a_decline_is_answered_again_under_its_key(fake, made, call):
    for card in ("pm_card_visa_chargeDeclined", "pm_card_visa_chargeDeclined"):
        answer = call("POST", f"/v1/payment_intents/{made['id']}/confirm", headers=KEY, payment_method=card)
        assert answer.status_code == 402
    assert [event["type"] for event in fake.events.all()].count("payment_intent.payment_failed") == 1


def test_a_key_that_is_in_use_is_refused_until_its_answer_is_there():
    keys, begun, go_on = IdempotencyKeys(), Event(), Event()

    def slowly():
        begun.set()
        assert go_on.wait(CALM_SECONDS)
        return Answer(200, b"done")

    thread = Thread(target=keys.once, args=("k1", b"a", slowly))
    thread.start()
    assert begun.wait(CALM_SECONDS)
    with pytest.raises(Refusal) as refusal:
        keys.once("k1", b"a", slowly)
    assert (refusal.value.status, refusal.value.members["code"]) == (409, "idempotency_key_in_use")
    go_on.set()
    thread.join(CALM_SECONDS)
    assert keys.once("k1", b"a", slowly) == Answer(200, b"done", replayed=True)


def test_the_oldest_keys_are_forgotten_and_any_can_be():
    keys = IdempotencyKeys()
    for number in range(MOST_KEYS + 1):
        keys.once(f"k{number}", b"", lambda: Answer(200, b"first"))
    assert keys.once("k1", b"", lambda: Answer(200, b"second")).body == b"first"
    assert keys.once("k0", b"", lambda: Answer(200, b"second")).body == b"second"
    keys.forget("k5")
    assert keys.once("k5", b"", lambda: Answer(200, b"second")).body == b"second"


def test_a_key_that_is_too_long_is_refused(call):
    assert call("POST", "/v1/payment_intents", headers={"Idempotency-Key": "k" * 256}, **FIELDS).status_code == 400
