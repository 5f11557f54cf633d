"""Somebody who is logged in, for the tests of sessions."""

import pytest

from .people import log_in, somebody


@pytest.fixture
def session(app):
    """A session of somebody new."""
    return log_in(app, somebody(app))
