"""Transactions on the real server, and a server that fails."""

from contextlib import contextmanager

import pymongo
import pytest

from booking_api.storage.client import Transactions

from ..pids import CALM_SECONDS


@pytest.fixture
def transactions(database):
    """Transactions on the real server, with time for a busy machine."""
    return Transactions(database.client, CALM_SECONDS)


@pytest.fixture
def failing(mongod):
    """Has the server fail commands of this service in a `with` block, as said."""
    admin = pymongo.MongoClient(mongod, appname="saboteur").admin

    @contextmanager
    def fail(times=1, **failure):
        data = {"appName": "booking-api", **failure}
        admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)
        try:
            yield
        finally:
            admin.command("configureFailPoint", "failCommand", mode="off")
            admin.command("killAllSessions", [])  # or what was cut short holds its locks for a minute

    yield fail
    admin.client.close()
