"""Fixtures of the tests of jobs."""

import pytest

from booking_api.jobs import runner


@pytest.fixture
def rare_sweeps(monkeypatch):
    """A sweep follows the first one only when it has a reason, and not by itself within the time of a test."""
    monkeypatch.setattr(runner, "SWEEP_SECONDS", 300)
