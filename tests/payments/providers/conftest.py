"""One fake of Stripe for each module, forgetful between tests."""

import pytest
import stripe

from ...fake_stripe import provider_of, started


@pytest.fixture(scope="module")
def _running():
    with started() as fake:
        yield fake


@pytest.fixture
def fake(_running, monkeypatch):
    """A fake of Stripe that knows nothing yet. Whoever calls it again does not wait before."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield _running
    assert _running.deliveries.wait_until_sent()
    _running.reset()
    _running.inbox.messages.clear()


@pytest.fixture
def provider(fake):
    """Stripe behind the port."""
    return provider_of(fake)
