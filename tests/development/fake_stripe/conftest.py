"""A fake of Stripe without HTTP, and one that answers for each module."""

import pytest
import requests

from ...fake_stripe import KEY, Inbox, started
from ...pids import CALM_SECONDS


@pytest.fixture(scope="module")
def _running():
    with started() as fake:
        yield fake


@pytest.fixture
def fake(_running):
    """A fake that knows nothing yet."""
    yield _running
    assert _running.deliveries.wait_until_sent()
    _running.reset()
    _running.inbox.messages.clear()
    _running.inbox.status = 200


@pytest.fixture
def call(fake):
    """Calls the fake as a program with a key does: `call("POST", "/v1/refunds", amount=100)`."""

    def calling(method, path, key=KEY, headers=None, **fields):
        where = {"params": fields} if method == "GET" else {"data": fields}
        auth = {"Authorization": f"Bearer {key}"} if key else {}
        return requests.request(method, fake.url + path, headers=auth | (headers or {}), timeout=CALM_SECONDS, **where)

    return calling


@pytest.fixture
def made(fake):
    """A PaymentIntent over 25.00 EUR."""
    return fake.intents.create(
        {
            "amount": "2500",
            "currency": "eur",
            "allowed_payment_method_types": ["card"],
            "metadata": {"payment_id": "p1"},
        }
    )


@pytest.fixture
def inbox():
    """Takes messages."""
    return Inbox()
