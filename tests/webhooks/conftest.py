"""Fixtures of webhooks on the mongomock app, whose time moves only when told to."""

from functools import partial

import pytest

from . import driving


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
