"""Events that are paid, on mongomock, with a provider in memory."""

import pytest

from booking_api.http.services import services_of
from booking_api.payments.lookups import Lookups

from ..apps import cache_nothing, mongomock_app, run_jobs
from ..builders import log_in_again, make_event, sign_up
from .provider import MemoryProvider
from .world import PRICED


@pytest.fixture
def provider():
    """A provider that answers."""
    return MemoryProvider()


@pytest.fixture
def app(clock, outgoing, receiving, provider, monkeypatch):
    """An app that takes cards."""
    monkeypatch.setattr(Lookups, "allows", lambda self, what: True)
    made = mongomock_app(clock, outgoing, receiving, provider, stripe_secret_key="sk_test_1")
    cache_nothing(made)
    return made


@pytest.fixture
def by_card(organizer):
    """An event that is paid by card: five seats of 25 EUR."""
    return make_event(organizer, payment="stripe", **PRICED)


@pytest.fixture
def by_hand(organizer):
    """An event that is paid by hand."""
    return make_event(organizer, payment="manual", **PRICED)


@pytest.fixture
def work(app):
    """Runs the jobs that are due."""
    return lambda: run_jobs(app)


@pytest.fixture
def services(app):
    """The services of the app."""
    return services_of(app)


@pytest.fixture
def other(app):
    """Another customer."""
    return sign_up(app, "customer")


@pytest.fixture
def log_in():
    """Signs somebody in again, after more time than tokens live."""
    return log_in_again
