"""Signatures as Standard Webhooks has them, held against the library of the standard."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from booking_api.webhooks.signing import new_secret, sign

BODY = json.dumps({"type": "booking.confirmed", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()


def now():
    return datetime.now(UTC)


def is_good(secret, headers, body=BODY):
    """What the library says."""
    try:
        return Webhook(secret).verify(body, headers) == json.loads(body)
    except WebhookVerificationError:
        return False


def test_a_secret_has_thirty_two_random_bytes():
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32


def test_a_signature_is_the_one_of_the_specification():
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    assert sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_is_good_with_its_secret_alone():
    secret, other = new_secret(), new_secret()
    headers = sign([secret], "m1", now(), BODY)
    assert is_good(secret, headers)
    assert not is_good(other, headers)


def test_while_a_secret_is_replaced_either_of_the_two_will_do():
    new, old, other = (new_secret() for _ in range(3))
    headers = sign([new, old], "m1", now(), BODY)
    assert is_good(new, headers) and is_good(old, headers)
    assert not is_good(other, headers)
    first, second = headers["webhook-signature"].split(" ")
    assert is_good(new, headers | {"webhook-signature": first})
    assert is_good(old, headers | {"webhook-signature": second})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_message_with_a_changed_header_is_not_good(name):
    secret, at = new_secret(), now() - timedelta(seconds=60)
    headers, others = sign([secret], "m1", at, BODY), sign([secret], "m2", at + timedelta(seconds=1), BODY)
    assert is_good(secret, headers)
    assert not is_good(secret, headers | {name: others[name]})


def test_a_message_with_a_changed_body_is_not_good():
    secret = new_secret()
    assert not is_good(secret, sign([secret], "m1", now(), BODY), BODY.replace(b"confirmed", b"cancelled"))


def test_the_time_is_a_whole_second_that_has_begun():
    at = datetime(2030, 1, 1, 12, 0, 0, 999_999, UTC)
    assert sign([new_secret()], "m1", at, b"")["webhook-timestamp"] == str(int(at.timestamp()))
