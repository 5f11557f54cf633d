"""Clients of receivers on this machine, and an authority that they trust."""

from functools import partial

import pytest

from booking_api.webhooks.client import WebhookClient
from booking_api.webhooks.deliverer import Deliverer
from booking_api.webhooks.targets import Targets

from . import driving
from .receivers import Authority
from .resolvers import here

PATIENCE = 60  # seconds; what is expected to arrive does so in much less
SHORT = 0.5


@pytest.fixture(autouse=True)
def _half_of_the_longest_waits(monkeypatch):
    """Have nothing drawn: of what may be any wait up to 5 s, one in 5,000 is over within the same millisecond."""
    monkeypatch.setattr(Deliverer.__init__, "__defaults__", (lambda: 0.5,))


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The authority that clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sender(authority):
    """A client with time enough."""
    return WebhookClient(Targets(True, here), PATIENCE, str(authority.file))


@pytest.fixture
def hasty(authority):
    """A client that waits for half a second."""
    return WebhookClient(Targets(True, here), SHORT, str(authority.file))


@pytest.fixture
def work(app):
    """Runs the jobs that are due."""
    return partial(driving.work, app)


@pytest.fixture
def work_for(app, clock):
    """Lets time pass and runs what is due meanwhile."""
    return partial(driving.work_for, app, clock)


@pytest.fixture
def webhook(organizer):
    """A webhook for all events and all types, that is made before there are any."""
    return driving.make_webhook(organizer)
