"""Somebody who is logged in, for the tests of sessions."""

import pytest

from .sessions import log_in, new_account


@pytest.fixture
def session(app):
    """A session of a new account."""
    return log_in(app, new_account(app))
