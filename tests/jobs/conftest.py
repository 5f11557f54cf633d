"""An outbox on the real server, and a sweep that finds nothing of what a test records."""

import pytest

from booking_api.jobs import outbox
from booking_api.jobs.outbox import Outbox

from .running import CountingJobs


@pytest.fixture
def counting(database):
    """One process's outbox."""
    made = CountingJobs(database)
    made.outbox.collection.create_indexes(Outbox.INDEXES)
    return made


@pytest.fixture
def not_by_a_sweep(monkeypatch):
    """What is recorded is left to the process that recorded it for longer than a test lasts."""
    monkeypatch.setattr(outbox, "FAST_PATH_SECONDS", 600)
