"""Fixtures of two processes on one database."""

import pymongo
import pytest

from ..commands_sent import Counting
from .two_processes import Process


@pytest.fixture
def sent():
    """The commands that `process` sends."""
    return Counting()


@pytest.fixture
def process(mongod, database, outgoing, sent):
    """The process that knows an event while others change it; its commands are counted."""
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        yield Process(client[database.name], outgoing)


@pytest.fixture
def other(database, outgoing):
    """Another process."""
    return Process(database, outgoing)
