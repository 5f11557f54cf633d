"""Workers that count how often they are asked; the counters need the real server."""

from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.rate_limits import Limits
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS

LIMITED = replace(SETTINGS, ratelimit_enabled=True)


class Second:
    """The second in which all requests of a test come, however long it takes."""

    def __init__(self):
        self.number = 1

    def __call__(self):
        """The time, in seconds."""
        return self.number


@pytest.fixture
def second():
    """The second that it is for the limits of each worker; a test may make it the next."""
    return Second()


@pytest.fixture
def make_app(indexed, database, outgoing, second):
    """Starts workers on the same database."""

    def make(**settings):
        chosen = replace(LIMITED, **settings)
        made = create_app(chosen, database=database, sender=outgoing, clock=now)
        services_of(made).add(Limits(database, chosen, second), Limits)
        services_of(made)[Stores].ensure_indexes()
        return made

    return make


@pytest.fixture
def worker(make_app):
    """One worker."""
    return make_app()
