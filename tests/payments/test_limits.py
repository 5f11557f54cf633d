"""How often somebody may begin to pay: each time asks the provider."""

from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.rate_limits import Limit
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.payments import limits

from ..apps import SETTINGS
from ..http.rate_limited import assert_too_many
from .world import order, pay


@pytest.fixture
def app(database, outgoing, provider):
    """An app that takes cards and limits, which mongomock cannot count."""
    settings = replace(SETTINGS, ratelimit_enabled=True, stripe_secret_key="sk_test_1")
    made = create_app(settings, database=database, sender=outgoing, provider=provider, clock=now)
    yield made
    services_of(made)[JobRunner].stop()


def test_many_accounts_at_one_address_have_a_limit_together(customer, other, by_card, provider, monkeypatch):
    monkeypatch.setattr(limits, "PAY", Limit("payments", **dict.fromkeys(limits.PAY.items, "3/minute")))
    first, second = order(customer, by_card, 1), order(other, by_card, 1)
    answers = [pay(customer, first), pay(customer, first), pay(other, second)]
    assert [answer.status_code for answer in answers] == [201, 200, 201]
    asked = len(provider.calls)
    assert_too_many(pay(other, second), "payments")
    assert len(provider.calls) == asked
