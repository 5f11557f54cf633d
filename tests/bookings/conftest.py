"""Fixtures of processes whose commands are counted, and of two on one database."""

import pymongo
import pytest

from ..commands_sent import Counting
from .two_processes import Process


@pytest.fixture
def sent():
    """The commands that are sent to `watched`."""
    return Counting()


@pytest.fixture
def watched(mongod, indexed, database, sent):
    """The database, by a client whose commands are counted."""
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        yield client[database.name]


@pytest.fixture
def process(watched, outgoing):
    """The process that knows an event while others change it; its commands are counted."""
    return Process(watched, outgoing)


@pytest.fixture
def other(database, outgoing):
    """Another process."""
    return Process(database, outgoing)
