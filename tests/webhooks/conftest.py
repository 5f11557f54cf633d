"""Clients of receivers on this machine, and an authority that they trust."""

import pytest

from booking_api.webhooks.client import WebhookClient
from booking_api.webhooks.targets import Targets

from .receivers import Authority
from .resolvers import here

PATIENCE = 20  # seconds; what is expected to arrive does so in much less
SHORT = 0.5


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
