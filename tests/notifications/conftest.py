"""Guests whose names stand in their mail."""

import pytest


@pytest.fixture
def ada(as_role):
    """Somebody who books."""
    return as_role("customer", name="Ada", email="ada@example.com")


@pytest.fixture
def bob(as_role):
    """Somebody else who books."""
    return as_role("customer", name="Bob", email="bob@example.com")
