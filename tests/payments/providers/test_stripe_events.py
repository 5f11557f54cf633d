"""Stripe's messages: who signed them, when, for whom; checked with the official library both ways."""

import json
import time

import pytest
import stripe

from booking_api.payments.providers.port import InvalidEvent
from booking_api.payments.providers.stripe import StripeProvider

from ...fake_stripe import order, provider_of

SECRET = "whsec_0123456789abcdef"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "created": 1_900_000_000,
    "livemode": False,
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_1", "metadata": {"payment_id": "p1"}}},
}
REFUND = {"id": "re_1", "payment_intent": "pi_1", "metadata": {"refund_id": "r1"}}


def signed(body, secret=SECRET, at=None):
    """The header by which Stripe's own library signs a body."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)


def read(event, key="sk_test_0123456789", secret=SECRET):
    """What a signed event is about."""
    body = json.dumps(event).encode()
    return StripeProvider(key, secret).read_event(body, signed(body))


def refused(body, signature, secret=SECRET):
    """The sentence with which a message is refused."""
    with pytest.raises(InvalidEvent) as refusal:
        StripeProvider("sk_test_0123456789", secret).read_event(body, signature)
    assert SECRET not in str(refusal.value)
    return str(refusal.value)


def test_an_event_says_of_what_the_state_is_to_be_fetched():
    event = read(EVENT)
    assert (event.id, event.type, event.intent_id, event.payment_id) == ("evt_1", EVENT["type"], "pi_1", "p1")
    assert event.refund_id is None
    assert event.created_at.isoformat() == "2030-03-17T17:46:40+00:00"


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])
def test_an_event_of_a_refund_names_it_and_its_payment(kind):
    event = read(EVENT | {"type": kind, "data": {"object": REFUND}})
    assert (event.refund_id, event.intent_id, event.payment_id) == ("re_1", "pi_1", None)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "payment_intent.created"},
        {"type": "customer.created"},
        {"type": "charge.refunded"},
        {"data": {"object": {"id": "pi_1", "metadata": {}}}},  # another shop of the account
        {"data": {"object": {"id": "pi_1"}}},
        {"data": {"object": {"id": "pi_1", "metadata": "p1"}}},
        {"data": {"object": {"id": 1, "metadata": {"payment_id": "p1"}}}},
        {"data": {"object": "pi_1"}},
        {"data": None},
    ],
)
def test_what_is_nothing_of_ours_is_none(change):
    assert read(EVENT | change) is None


def test_a_signature_of_another_secret_or_of_another_body_is_refused():
    body = json.dumps(EVENT).encode()
    assert "signature" in refused(body, signed(body, "whsec_another_one_0123"))
    assert "signature" in refused(body + b" ", signed(body))
    assert "not set" in refused(body, signed(body), None)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "v1=00",
        "t=x,v1=00",
        "t=,v1=",
        "nonsense",
        "t=1,v1=ü",
        "t=１,v1=00",
        f"t={'9' * 1900},v1=00",
        "x" * 2001,
    ],
)
def test_a_signature_that_is_none_is_refused(signature):
    assert "signature" in refused(b"{}", signature)


def test_an_old_signature_is_refused_and_one_of_some_minutes_is_not():
    body = json.dumps(EVENT).encode()
    now = int(time.time())
    assert "too old" in refused(body, signed(body, at=now - 330))
    assert StripeProvider("sk_test_0123456789", SECRET).read_event(body, signed(body, at=now - 240))


def test_one_of_several_signatures_is_enough_while_a_secret_is_replaced():
    body = json.dumps(EVENT).encode()
    new = signed(body)
    header = f"{new.partition(',')[0]},v1={'0' * 64},{new.partition(',')[2]}"
    assert StripeProvider("sk_test_0123456789", SECRET).read_event(body, header)


@pytest.mark.parametrize("change", [{"account": "acct_1"}, {"context": "acct_1"}])
def test_an_event_of_another_account_is_refused(change):
    with pytest.raises(InvalidEvent, match="another account"):
        read(EVENT | change)


@pytest.mark.parametrize(
    ("key", "live"),
    [
        ("sk_test_0123456789", True),
        ("rk_test_0123456789", True),
        ("sk_live_0123456789", False),
        ("rk_live_01234567", None),
    ],
)
def test_an_event_of_the_other_mode_is_refused(key, live):
    with pytest.raises(InvalidEvent, match="mode"):
        read(EVENT | {"livemode": live}, key)
    assert read(EVENT | {"livemode": "_live_" in key}, key)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"NaN", b"[" * 5000, b'{"livemode": false}'])
def test_what_is_no_event_is_refused_though_it_is_signed(body):
    signature = signed(body) if body != b"\xff" else "t=1,v1=00"
    assert refused(body, signature)


@pytest.mark.parametrize("name", ["id", "type"])
def test_an_event_whose_id_or_type_is_longer_than_any_of_stripes_is_refused(name):
    with pytest.raises(InvalidEvent, match="no id or no type"):
        read(EVENT | {name: "x" * 256})


def test_what_has_a_longer_id_than_any_of_stripes_is_none_of_ours():
    subject = EVENT["data"]["object"]
    assert read(EVENT | {"data": {"object": subject | {"id": "x" * 255}}})
    assert read(EVENT | {"data": {"object": subject | {"id": "x" * 256}}}) is None


@pytest.mark.parametrize("created", [10**30, -(10**15)])
def test_a_time_that_cannot_be_is_refused(created):
    with pytest.raises(InvalidEvent):
        read(EVENT | {"created": created})


def test_what_the_fake_signs_stripes_library_takes_and_so_do_we(fake):
    provider = provider_of(fake)
    intent = provider.open(order())
    fake.pay(intent.id)
    assert fake.deliveries.wait_until_sent()
    (made, succeeded) = fake.inbox.messages
    event = stripe.StripeClient("sk_test_0123456789").construct_event(*succeeded, fake.webhook_secret)
    assert (event.type, event.data.object["id"]) == ("payment_intent.succeeded", intent.id)
    assert provider.read_event(*succeeded).payment_id == "p1"
    assert provider.read_event(*made) is None
    with pytest.raises(InvalidEvent):
        provider.read_event(made[0], succeeded[1])
