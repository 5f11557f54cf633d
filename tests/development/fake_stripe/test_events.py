"""The fake's messages: signed, and sent as they should be, late, twice, in another order, or never."""

import hashlib
import hmac
import json
from threading import Event

import pytest

from booking_api.development.fake_stripe import FakeStripe, deliveries

from ...pids import CALM_SECONDS

SUCCEEDED, CREATED = "payment_intent.succeeded", "payment_intent.created"


@pytest.fixture
def told(fake):
    """The types of the messages that have arrived, once all have."""

    def waiting():
        assert fake.deliveries.wait_until_sent()
        return [json.loads(body)["type"] for body, _ in fake.inbox.messages]

    return waiting


def test_messages_arrive_in_order_and_signed(fake, made, told):
    fake.pay(made["id"])
    assert told() == [CREATED, SUCCEEDED]
    for body, signature in fake.inbox.messages:
        time, _, digest = signature.removeprefix("t=").partition(",v1=")
        signed = hmac.new(fake.webhook_secret.encode(), f"{time}.".encode() + body, hashlib.sha256)
        assert digest == signed.hexdigest()


def test_a_message_has_the_state_of_when_it_was_made(fake, made, told):
    fake.pay(made["id"])
    told()
    states = [json.loads(body)["data"]["object"]["status"] for body, _ in fake.inbox.messages]
    assert states == ["requires_payment_method", "succeeded"]


@pytest.mark.parametrize(("order", "wanted"), [("made", [1, 2, 3]), ("reversed", [3, 2, 1]), ("shuffled", None)])
def test_messages_can_be_held_and_released_in_another_order(fake, told, made, order, wanted):
    told()
    fake.events.hold()
    fake.inbox.messages.clear()
    for card in ("pm_card_visa_chargeDeclined", "pm_card_fake_processing"):
        fake.pay(made["id"], card)
    fake.intents.finish(made["id"], succeeded=True)
    made_ids = [event["id"] for event in fake.events.all()]
    assert told() == []
    assert fake.events.release(order) == 3
    told()
    came = [made_ids.index(json.loads(body)["id"]) for body, _ in fake.inbox.messages]
    assert came == wanted if wanted else sorted(came) == [1, 2, 3]


def test_messages_can_come_more_than_once_with_the_same_id(fake, made, told):
    fake.events.repeat(3)
    fake.pay(made["id"])
    assert told() == [CREATED, *[SUCCEEDED] * 3]
    assert len({json.loads(body)["id"] for body, _ in fake.inbox.messages}) == 2


def test_messages_can_be_lost_and_sent_after_all(fake, made, told):
    fake.events.drop_next(1)
    fake.pay(made["id"])
    assert told() == [CREATED]
    assert fake.events.resend(fake.events.all()[-1]["id"])
    assert told() == [CREATED, SUCCEEDED]
    assert not fake.events.resend("evt_nowhere")


def test_messages_can_come_late(fake, made, told):
    told()
    fake.events.delay(3600)
    fake.pay(made["id"])
    assert not fake.deliveries.wait_until_sent(0.05)
    fake.events.delay(0)
    fake.events.resend(fake.events.all()[-1]["id"])
    with fake.deliveries._changed:
        assert fake.deliveries._changed.wait_for(lambda: len(fake.inbox.messages) == 2, 10)
        fake.deliveries._waiting.clear()


def test_a_message_that_is_not_taken_is_sent_again_a_few_times(monkeypatch, inbox):
    monkeypatch.setattr(deliveries, "RETRY_SECONDS", (0, 0, 0))
    inbox.status = 500
    fake = FakeStripe(send=inbox)
    fake.intents.create({"amount": "50", "currency": "eur", "allowed_payment_method_types": ["card"]})
    assert fake.deliveries.wait_until_sent()
    assert len(inbox.messages) == deliveries.ATTEMPTS
    fake.stop()


def test_a_receiver_that_breaks_does_not_stop_the_next_message(monkeypatch):
    monkeypatch.setattr(deliveries, "ATTEMPTS", 1)
    bodies = []

    def send(body, _headers):
        bodies.append(body)
        raise ConnectionRefusedError

    fake = FakeStripe(send=send)
    for _ in range(2):
        fake.intents.create({"amount": "50", "currency": "eur", "allowed_payment_method_types": ["card"]})
    assert fake.deliveries.wait_until_sent()
    assert len(bodies) == 2
    fake.stop()


def test_no_more_messages_wait_than_there_is_room_for(monkeypatch, inbox):
    monkeypatch.setattr(deliveries, "MOST_WAITING", 3)
    begun, go_on = Event(), Event()

    def slowly(body, headers):
        begun.set()
        assert go_on.wait(CALM_SECONDS)
        return inbox(body, headers)

    waiting = deliveries.Deliveries(lambda _body: "signed", slowly)
    waiting.put(b"0")
    assert begun.wait(CALM_SECONDS)
    for number in range(1, 6):
        waiting.put(str(number).encode())
    go_on.set()
    assert waiting.wait_until_sent()
    assert [body for body, _ in inbox.messages] == [b"0", b"1", b"2", b"3"]
    waiting.stop()


def test_without_a_receiver_there_is_no_thread_and_events_can_be_read(made):
    fake = FakeStripe()
    fake.intents.create({"amount": "50", "currency": "eur", "allowed_payment_method_types": ["card"]})
    assert [event["type"] for event in fake.events.all()] == [CREATED]
    assert fake.deliveries._thread is None
    fake.stop()
