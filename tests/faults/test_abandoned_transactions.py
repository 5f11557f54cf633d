"""A transaction that has run out of time is ended by whoever began it: MongoDB itself would let it stand a minute.

Until then its documents cannot be written, so that one late request would stop the sale of an event in all processes.
"""

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

from booking_api.development.embedded import EmbeddedServer
from booking_api.storage import abandoned
from booking_api.storage.client import Transactions, connect

from ..pids import CALM_SECONDS, freeze

TRANSACTION_SECONDS = 0.5
SOON_SECONDS = 30  # far less than the minute for which MongoDB itself would let it stand


@pytest.fixture(scope="module")
def server():
    """A mongod that ends what is left open after a minute, as it does by default."""
    with tempfile.TemporaryDirectory(prefix="booking-patient-") as folder:
        own = EmbeddedServer(Path(folder), enableTestCommands="1", transactionLifetimeLimitSeconds="60")
        own.address = own.start()
        yield own
        own.kill()


@pytest.fixture
def patient(monkeypatch):
    """From here on a busy machine has time enough to end what was left open."""
    return lambda: monkeypatch.setattr(abandoned, "KILL_SECONDS", SOON_SECONDS)


@pytest.fixture
def processes(server):
    """The same database as two processes have it."""
    address = server.address.replace("/?", f"/test-{ObjectId()}?")
    both = [connect(address, seconds=CALM_SECONDS) for _ in range(2)]
    both[0]["events"].insert_one({"_id": "hot", "sold": 0})
    yield both
    for database in both:
        database.client.close()


def sell(database, seconds, then=lambda: None):
    """Sell a ticket in a transaction with so much time, in which this and that happens after the update."""
    events = database["events"]

    def work(unit):
        events.update_one({"_id": "hot"}, {"$inc": {"sold": 1}}, session=unit.session)
        then()
        return events.find_one({"_id": "hot"}, session=unit.session)["sold"]

    return Transactions(database.client, seconds).run(work)


def test_a_transaction_that_comes_too_late_keeps_nobody_else_from_selling(processes, patient):
    late, other = processes
    patient()
    with pytest.raises(PyMongoError) as caught:  # the process was frozen, or had no processor, for so long
        sell(late, TRANSACTION_SECONDS, lambda: time.sleep(TRANSACTION_SECONDS + 0.1))
    assert caught.value.timeout
    assert sell(other, SOON_SECONDS) == 1


def test_a_transaction_that_is_not_answered_in_time_does_not_stop_other_sales(server, processes, patient):
    late, other = processes
    patient()
    slow = {"failCommands": ["find"], "appName": "booking-api", "blockConnection": True, "blockTimeMS": 1500}
    with MongoClient(server.address) as control:
        control.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": slow})
    with pytest.raises(PyMongoError):
        sell(late, TRANSACTION_SECONDS)
    assert sell(other, SOON_SECONDS) == 1


def test_a_transaction_in_which_mongodb_froze_is_ended_by_the_next_transaction(server, processes, patient):
    late, other = processes
    events, transactions = late["events"], Transactions(late.client, TRANSACTION_SECONDS)

    def work(unit):
        events.update_one({"_id": "hot"}, {"$inc": {"sold": 1}}, session=unit.session)
        freeze(server.pid)
        events.find_one({"_id": "hot"}, session=unit.session)

    try:
        with pytest.raises(PyMongoError):
            transactions.run(work)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    patient()
    transactions._seconds = SOON_SECONDS
    transactions.run(lambda unit: late["others"].find_one({}, session=unit.session))
    assert sell(other, SOON_SECONDS) == 1


def test_ending_an_abandoned_transaction_late_takes_nobody_elses_work_with_it(server, processes, patient):
    database, _ = processes
    transactions = Transactions(database.client, TRANSACTION_SECONDS)

    def work(_unit):
        freeze(server.pid)
        raise ServerSelectionTimeoutError("as the driver says while it sees no primary")

    try:
        with pytest.raises(PyMongoError):
            transactions.run(work)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    patient()
    transactions._seconds = SOON_SECONDS
    with database.client.start_session() as session, session.start_transaction():  # meanwhile, in another thread
        database["others"].insert_one({"_id": "another booking"}, session=session)
        transactions.run(lambda unit: database["others"].find_one({}, session=unit.session))
    assert database["others"].count_documents({}) == 1
