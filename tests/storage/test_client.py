"""Transactions on the real server: all or nothing, and what follows a commit follows it once."""

import time
from types import SimpleNamespace

import dns.name
import dns.resolver
import pymongo
import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from booking_api.storage.client import Transactions, connect
from booking_api.storage.failures import PASSING_CODES, is_unavailable


@pytest.fixture
def notes(database):
    """A collection that is there, with one document."""
    database["notes"].insert_one({"_id": "first", "count": 0})
    return database["notes"]


def test_a_unit_of_work_is_committed_as_a_whole(transactions, notes):
    def work(unit):
        notes.insert_one({"_id": "second"}, session=unit.session)
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)
        return "done"

    assert transactions.run(work) == "done"
    assert notes.count_documents({}) == 2
    assert notes.find_one({"_id": "first"})["count"] == 1


def test_a_unit_of_work_that_raises_leaves_nothing_and_is_followed_by_nothing(transactions, notes):
    followed = []

    def work(unit):
        unit.after_commit(lambda: followed.append(1))
        notes.insert_one({"_id": "second"}, session=unit.session)
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)
        raise KeyError("out of luck")

    with pytest.raises(KeyError):
        transactions.run(work)
    assert list(notes.find()) == [{"_id": "first", "count": 0}]
    assert followed == []


def test_what_follows_sees_the_commit(transactions, notes):
    seen = []

    def work(unit):
        notes.insert_one({"_id": "second"}, session=unit.session)
        unit.after_commit(lambda: seen.append(notes.find_one({"_id": "second"})))
        unit.after_commit(lambda: seen.append("in order"))
        assert seen == []

    transactions.run(work)
    assert seen == [{"_id": "second"}, "in order"]


def test_a_write_conflict_replays_the_work_and_what_follows_still_happens_once(transactions, notes):
    attempts, followed = [], []

    def work(unit):
        attempts.append(1)
        unit.after_commit(lambda: followed.append(len(attempts)))
        notes.find_one({"_id": "first"}, session=unit.session)
        if len(attempts) == 1:
            notes.update_one({"_id": "first"}, {"$inc": {"count": 10}})  # somebody else, since our snapshot
        notes.insert_one({"_id": ObjectId()}, session=unit.session)
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)

    transactions.run(work)
    assert len(attempts) == 2
    assert followed == [2]
    assert notes.find_one({"_id": "first"})["count"] == 11
    assert notes.count_documents({}) == 2


def test_a_commit_that_is_refused_replays_the_work(transactions, notes, failing):
    attempts, followed = [], []

    def work(unit):
        attempts.append(1)
        unit.after_commit(lambda: followed.append(1))
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)

    labels = ["TransientTransactionError"]
    with failing(failCommands=["commitTransaction"], errorCode=251, errorLabels=labels):
        transactions.run(work)
    assert (len(attempts), len(followed)) == (2, 1)
    assert notes.find_one({"_id": "first"})["count"] == 1


def test_a_commit_whose_answer_is_lost_is_asked_again_and_the_work_is_done_once(transactions, notes, failing):
    attempts, followed = [], []

    def work(unit):
        attempts.append(1)
        unit.after_commit(lambda: followed.append(1))
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)

    with failing(failCommands=["commitTransaction"], closeConnection=True):
        transactions.run(work)
    assert (len(attempts), len(followed)) == (1, 1)
    assert notes.find_one({"_id": "first"})["count"] == 1


def test_a_commit_that_takes_too_long_is_an_unknown_outcome_and_nothing_follows(notes, database, failing):
    followed = []

    def work(unit):
        unit.after_commit(lambda: followed.append(1))
        notes.update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=unit.session)

    started = time.monotonic()
    block = {"failCommands": ["commitTransaction"], "blockConnection": True, "blockTimeMS": 30_000}
    with failing(times=5, **block), pytest.raises(PyMongoError) as caught:
        Transactions(database.client, 0.5).run(work)
    assert is_unavailable(caught.value)
    assert time.monotonic() - started < 20
    assert followed == []


def test_a_connection_made_while_the_server_started_is_replaced(transactions, notes, database):
    (server,) = database.client._topology._servers.values()
    database.client.admin.command("ping")
    for connection in server.pool.conns:
        connection.supports_sessions = False  # what the server's greeting says before it is a primary
    with pytest.raises(PyMongoError) as caught:
        transactions.run(lambda unit: notes.insert_one({}, session=unit.session))
    assert is_unavailable(caught.value)
    transactions.run(lambda unit: notes.insert_one({}, session=unit.session))
    assert notes.count_documents({}) == 2


@pytest.mark.parametrize("code", sorted(PASSING_CODES))
def test_what_mongodb_says_of_itself_may_pass(notes, failing, code):
    with failing(times=5, failCommands=["find"], errorCode=code), pytest.raises(PyMongoError) as caught:
        notes.find_one({})
    assert is_unavailable(caught.value)


@pytest.mark.parametrize("code", [11000, 2, 13])  # a duplicate key, a bad value, not allowed
def test_what_is_our_own_fault_does_not_pass(notes, failing, code):
    with failing(times=5, failCommands=["find"], errorCode=code), pytest.raises(PyMongoError) as caught:
        notes.find_one({})
    assert not is_unavailable(caught.value)


def test_a_write_that_no_majority_has_confirmed_may_be_confirmed_later(notes, failing):
    trouble = {"code": 100, "errmsg": "There is no majority."}
    with failing(failCommands=["update"], writeConcernError=trouble), pytest.raises(PyMongoError) as caught:
        notes.update_many({}, {"$inc": {"count": 1}})
    assert is_unavailable(caught.value)


@pytest.mark.parametrize(("code", "asked"), [(8000, 1), (11602, 3)])  # not supported; a change of primary
def test_a_server_that_refuses_to_end_transactions_is_not_asked_for_ever(
    transactions, failing, monkeypatch, code, asked
):
    killed, kill = [], transactions._abandoned._kill
    monkeypatch.setattr(transactions._abandoned, "_kill", lambda sessions: killed.append(1) or kill(sessions))

    def work(_unit):
        raise PyMongoError("in the middle")

    with failing(times=2, failCommands=["killSessions"], errorCode=code):
        with pytest.raises(PyMongoError):
            transactions.run(work)
        for _ in range(4):
            transactions.run(lambda _unit: None)
    assert len(killed) == asked


def test_a_server_that_hangs_is_waited_for_no_longer_than_the_limit(notes, database, failing):
    started = time.monotonic()
    block = {"failCommands": ["insert"], "blockConnection": True, "blockTimeMS": 30_000}
    with failing(times=5, **block), pytest.raises(PyMongoError) as caught:
        Transactions(database.client, 0.3).run(lambda unit: notes.insert_one({}, session=unit.session))
    assert is_unavailable(caught.value)
    assert time.monotonic() - started < 20


def test_a_row_that_breaks_an_index_undoes_the_whole_unit(transactions, notes):
    def work(unit):
        notes.insert_one({"_id": "second"}, session=unit.session)
        notes.insert_one({"_id": "first"}, session=unit.session)

    with pytest.raises(pymongo.errors.DuplicateKeyError):
        transactions.run(work)
    assert notes.count_documents({}) == 1


def test_an_address_of_atlas_is_looked_up(monkeypatch):
    """`mongodb+srv://` needs dnspython, and names the members of the set by DNS."""

    class Answer(list):
        rrset = SimpleNamespace(ttl=60)

    def resolve(name, kind, lifetime=None):
        if kind == "TXT":
            raise dns.resolver.NoAnswer
        assert name == "_mongodb._tcp.cluster0.example.net"
        hosts = [f"shard-{number}.cluster0.example.net" for number in range(3)]
        return Answer(SimpleNamespace(target=dns.name.from_text(host), port=27017) for host in hosts)

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    database = connect("mongodb+srv://user:p%40ss@cluster0.example.net/shop?retryWrites=true", seconds=1)
    assert database.name == "shop"
    assert {host for host, _ in database.client._topology_settings.seeds} == {
        f"shard-{number}.cluster0.example.net" for number in range(3)
    }
    assert database.client.options._options["tls"] is True
    database.client.close()
