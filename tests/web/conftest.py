"""Workers that count how often they are asked; the counters need the real server."""

from dataclasses import replace

import pytest

from booking_api import create_app, now
from booking_api.web.services import EXTENSION

from ..conftest import SETTINGS

LIMITED = replace(SETTINGS, ratelimit_enabled=True)


@pytest.fixture
def make_app(database, outgoing):
    """Starts workers on the same database."""

    def make(**settings):
        made = create_app(replace(LIMITED, **settings), database=database, sender=outgoing, clock=now)
        made.extensions[EXTENSION]["stores"].ensure_indexes()
        return made

    return make


@pytest.fixture
def worker(make_app):
    """One worker."""
    return make_app()
