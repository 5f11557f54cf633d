"""Several documents in one command: as the driver's own ways do it, in a transaction and without one."""

from datetime import UTC, datetime

import pymongo
import pytest
from bson import ObjectId
from pymongo.errors import BulkWriteError

from booking_api.storage import batch_commands
from booking_api.storage.batch_commands import MOST
from booking_api.storage.client import Transactions

from ..commands_sent import Counting
from ..pids import CALM_SECONDS

TIME = datetime(2030, 5, 5, 19, tzinfo=UTC)
ONE_MORE = {"$inc": {"count": 1}}


def rows(number):
    """New documents."""
    return [{"_id": ObjectId(), "count": 0, "at": TIME, "long": "text"} for _ in range(number)]


def use_all(notes, added, session):
    """Add documents, change each, and one that is not there; return how many were changed, and what was found."""
    batch_commands.insert(notes, added, session)
    ids = [row["_id"] for row in added]
    missing = ObjectId()
    changed = batch_commands.update(notes, [({"_id": each}, ONE_MORE) for each in [*ids, missing]], session)
    return changed, batch_commands.find(notes, [*ids, missing], {"count": 1, "at": 1}, session)


def expected(added):
    """What `use_all` returns."""
    return len(added), [{"_id": row["_id"], "count": 1, "at": TIME} for row in added]


def by_id(found):
    """The same in the order of the ids."""
    changed, documents = found
    return changed, sorted(documents, key=lambda document: document["_id"])


@pytest.fixture
def notes(database):
    """An empty collection that is there."""
    return database.create_collection("notes")


def test_in_a_transaction_each_is_one_command(mongod, database, notes):
    sent = Counting()
    added = rows(MOST - 1)
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        watched = client[database.name]["notes"]
        done = Transactions(client, CALM_SECONDS).run(lambda unit: use_all(watched, added, unit.session))
    assert by_id(done) == expected(added)
    assert sent.commands_on("notes") == ["insert", "update", "find"]
    assert notes.count_documents({"count": 1, "long": "text"}) == MOST - 1


@pytest.mark.parametrize("number", [1, MOST + 1])
def test_any_number_of_documents_is_written_and_found(number, transactions, notes):
    added = rows(number)
    assert by_id(transactions.run(lambda unit: use_all(notes, added, unit.session))) == expected(added)


def test_without_a_transaction_the_driver_does_it(notes):
    added = rows(3)
    assert by_id(use_all(notes, added, None)) == expected(added)


@pytest.mark.parametrize("number", [2, MOST + 1])
def test_a_refused_document_raises_and_undoes_the_transaction(number, transactions, notes):
    added = rows(number)
    notes.insert_one(added[-1])
    with pytest.raises(BulkWriteError) as caught:
        transactions.run(lambda unit: batch_commands.insert(notes, added, unit.session))
    assert caught.value.details["writeErrors"][0]["code"] == 11000
    assert notes.count_documents({}) == 1


def test_a_refused_change_raises_and_undoes_the_transaction(transactions, notes):
    added = rows(2)
    notes.insert_many(added)
    changes = [({"_id": added[0]["_id"]}, ONE_MORE), ({"_id": added[1]["_id"]}, {"$inc": {"long": 1}})]
    with pytest.raises(BulkWriteError):
        transactions.run(lambda unit: batch_commands.update(notes, changes, unit.session))
    assert notes.count_documents({"count": 0}) == 2


@pytest.mark.parametrize("command", ["insert", "update", "find"])
@pytest.mark.parametrize(
    "failure", [{"errorCode": 112, "errorLabels": ["TransientTransactionError"]}, {"closeConnection": True}]
)
def test_a_transaction_is_replayed_after_a_conflict_or_a_lost_connection(
    command, failure, transactions, notes, failing
):
    attempts = []

    def work(unit):
        attempts.append(rows(2))
        return use_all(notes, attempts[-1], unit.session)

    with failing(failCommands=[command], **failure):
        done = transactions.run(work)
    assert len(attempts) == 2
    assert by_id(done) == expected(attempts[1])
    assert notes.count_documents({}) == 2


def test_a_transaction_that_writes_to_what_another_has_changed_is_replayed(transactions, notes):
    (row,) = added = rows(1)
    notes.insert_many(added)
    changes = [({"_id": row["_id"], "count": {"$gte": 0}}, ONE_MORE)]
    attempts = []

    def work(unit):
        attempts.append(batch_commands.find(notes, [row["_id"]], {"count": 1}, unit.session)[0]["count"])
        if len(attempts) == 1:
            notes.update_one({"_id": row["_id"]}, ONE_MORE)
        batch_commands.update(notes, changes, unit.session)

    transactions.run(work)
    assert attempts == [0, 1]
    assert notes.find_one()["count"] == 2
