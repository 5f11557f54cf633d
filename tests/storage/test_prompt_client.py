"""A primary that is known to be away is not waited for; one that was lost just now, or not looked for yet, is."""

import math
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError, _OperationCancelled
from pymongo.hello import Hello
from pymongo.server_description import ServerDescription
from pymongo.server_type import SERVER_TYPE
from pymongo.topology_description import TOPOLOGY_TYPE, TopologyDescription

from booking_api.development.embedded import EmbeddedServer
from booking_api.storage import client as storage_client
from booking_api.storage import prompt_client
from booking_api.storage.client import Transactions, connect
from booking_api.storage.failures import is_unavailable, short_reason
from booking_api.storage.prompt_client import Outage, PrimaryAway, PromptClient

from ..pids import CALM_SECONDS, eventually, freeze
from ..ports import free_port

SECONDS = CALM_SECONDS  # far more than anything here is to take


@pytest.fixture
def server(var_dir):
    """A server to be maltreated."""
    own = EmbeddedServer(var_dir)
    own.address = own.start()
    yield own
    own.stop()


@pytest.fixture
def database(server):
    """A database of a client that has seen it."""
    made = connect(server.address, seconds=SECONDS)
    made["notes"].insert_one({"_id": 1})
    yield made
    made.client.close()


def refusal(action):
    """What it is refused with; far sooner than after the time that it may take."""
    began = time.monotonic()
    with pytest.raises(PyMongoError) as caught:
        action()
    assert time.monotonic() - began < SECONDS / 2
    return caught.value


def deployment(kind=SERVER_TYPE.Unknown, error=None):
    """What is known of one server: a topology without a primary, and what its monitor has seen last."""
    address = ("host", 1)
    known = {address: ServerDescription(address)}
    seen = SimpleNamespace(
        error=error, is_writable=kind == SERVER_TYPE.RSPrimary, is_server_type_known=kind != SERVER_TYPE.Unknown
    )
    return SimpleNamespace(
        description=TopologyDescription(TOPOLOGY_TYPE.ReplicaSetNoPrimary, known, "rs", None, None, None),
        _servers={address: SimpleNamespace(_monitor=SimpleNamespace(_server_description=seen))},
    )


@pytest.mark.parametrize(
    "undecided",
    [deployment(), deployment(SERVER_TYPE.RSPrimary), deployment(error=_OperationCancelled("interrupted"))],
    ids=["not looked at yet", "a connection broke", "it looks again"],
)
def test_nobody_is_refused_before_the_monitor_has_looked(undecided):
    assert Outage(0).seconds_left(undecided) == math.inf


@pytest.mark.parametrize("gone", [deployment(error=OSError("refused")), deployment(SERVER_TYPE.RSSecondary)])
def test_once_the_monitor_has_found_no_primary_there_is_only_a_moment(gone):
    assert SECONDS / 2 < Outage(SECONDS).seconds_left(gone) <= SECONDS
    assert Outage(0).seconds_left(gone) == 0


@pytest.mark.server
def test_a_server_that_is_gone_is_not_waited_for_and_is_named_in_the_reason(server, database):
    server.kill()
    refusal(lambda: database["notes"].find_one({}))
    error = eventually(
        lambda: isinstance(found := refusal(lambda: database["notes"].find_one({})), PrimaryAway) and found,
        "it is known",
    )
    assert is_unavailable(error)
    assert "mongod.sock" in short_reason(error)
    for attempt in (
        lambda: database["notes"].find_one({}),
        lambda: database["notes"].insert_one({}),
        lambda: database.command("ping"),
        lambda: Transactions(database.client, SECONDS).run(
            lambda unit: database["notes"].insert_one({}, session=unit.session)
        ),
    ):
        began = time.thread_time()
        assert is_unavailable(refusal(attempt))
        assert time.thread_time() - began < 1


@pytest.mark.server
def test_a_server_that_comes_back_is_found(server, database):
    server.kill()
    refusal(lambda: database["notes"].find_one({}))
    server.start()

    def found():
        try:
            return database["notes"].find_one({})
        except PyMongoError:
            return None

    assert eventually(found, "it is found") == {"_id": 1}


@pytest.mark.server
def test_a_commit_whose_server_dies_is_not_asked_for_in_vain(server, database):
    def work(unit):
        database["notes"].insert_one({"_id": ObjectId()}, session=unit.session)
        server.kill()

    assert is_unavailable(refusal(lambda: Transactions(database.client, SECONDS).run(work)))


@pytest.mark.server
def test_many_who_ask_in_an_outage_are_all_refused(server, database):
    server.kill()
    with ThreadPoolExecutor(16) as pool:
        errors = list(pool.map(lambda _number: refusal(lambda: database["notes"].find_one({})), range(64)))
    assert all(map(is_unavailable, errors))


@pytest.mark.server
def test_one_broken_connection_refuses_nobody(database):
    topology = database.client._topology
    for _ in range(3):
        assert database["notes"].find_one({}) == {"_id": 1}
        (address,) = topology.description.server_descriptions()
        with topology._lock:  # or the monitor might find it again before we look
            topology._process_change(ServerDescription(address, error=OSError("lost")))  # as after a failed operation
            assert not topology.description.has_writable_server()
        topology._servers[address]._monitor.cancel_check()


@pytest.fixture
def long_silence(monkeypatch):
    """A server counts as silent only after a time in which no test is kept waiting."""
    monkeypatch.setattr(prompt_client, "SILENT_SECONDS", SECONDS)


def test_a_monitor_that_is_interrupted_for_ever_is_not_waited_for(long_silence, monkeypatch):
    outage, interrupted = Outage(SECONDS), deployment(error=_OperationCancelled("interrupted"))
    assert outage.seconds_left(silent_primary(0, 0)) is None
    assert outage.seconds_left(interrupted) == math.inf
    with monkeypatch.context() as patch:
        patch.setattr(prompt_client, "SILENT_SECONDS", 0)
        assert SECONDS / 2 < outage.seconds_left(interrupted) <= SECONDS
    assert outage.seconds_left(silent_primary(0, 0)) is None
    assert outage.seconds_left(interrupted) == math.inf


def silent_primary(heartbeat_age, answer_age):
    """What is known of a primary whose last heartbeat, and last answer to an operation, are so many seconds old."""
    address, hello = ("host", 1), Hello({"ok": 1, "isWritablePrimary": True, "setName": "rs", "hosts": ["host:1"]})
    seen = ServerDescription(address, hello)
    seen._last_update_time -= heartbeat_age
    returned = SimpleNamespace(last_checkin_time=time.monotonic() - answer_age)
    return SimpleNamespace(
        description=TopologyDescription(TOPOLOGY_TYPE.ReplicaSetWithPrimary, {address: seen}, "rs", None, None, None),
        _servers={address: SimpleNamespace(pool=SimpleNamespace(conns=[returned]))},
    )


def test_a_primary_that_neither_beats_nor_answers_is_waited_for_only_a_moment(long_silence):
    assert SECONDS / 2 < Outage(SECONDS).seconds_left(silent_primary(60, 60)) <= SECONDS
    assert Outage(0).seconds_left(silent_primary(60, 60)) == 0


@pytest.mark.parametrize("ages", [(0, 60), (60, 0)], ids=["a heartbeat", "an answer"])
def test_a_primary_that_was_heard_is_there(long_silence, ages):
    assert Outage(0).seconds_left(silent_primary(*ages)) is None


@pytest.fixture
def patient_monitor(monkeypatch):
    """The driver's monitor does not notice a frozen server."""
    monkeypatch.setattr(storage_client, "CONNECT_MILLISECONDS", 600_000)


@pytest.mark.server
def test_a_frozen_server_is_not_waited_for_until_it_is_heard_again(patient_monitor, server, database):
    freeze(server.pid)
    try:
        eventually(lambda: database.client._outage.seconds_left(database.client._topology) == 0, "it is silent")
        with ThreadPoolExecutor(16) as pool:
            errors = list(pool.map(lambda _number: refusal(lambda: database["notes"].find_one({})), range(64)))
        assert {type(error) for error in errors} == {PrimaryAway}
        assert short_reason(errors[0]) == "PrimaryAway: the primary does not answer"
        assert database.client._topology.description.has_writable_server()
    finally:
        os.kill(server.pid, signal.SIGCONT)
    eventually(lambda: database.client._outage.seconds_left(database.client._topology) is None, "it is heard again")
    assert database["notes"].find_one({}) == {"_id": 1}


@pytest.mark.server
def test_a_heartbeat_in_the_moment_of_patience_lets_everybody_through(patient_monitor, server, database):
    database.client._outage._patience = SECONDS
    freeze(server.pid)
    try:
        eventually(lambda: database.client._outage.seconds_left(database.client._topology) is not None, "it is silent")
        with ThreadPoolExecutor(16) as pool:
            found = [pool.submit(database["notes"].find_one, {}) for _ in range(16)]
            os.kill(server.pid, signal.SIGCONT)
            assert [each.result(SECONDS / 2) for each in found] == [{"_id": 1}] * 16
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_without_patience_to_lose_the_first_connection_is_waited_for():
    with PromptClient(f"mongodb://127.0.0.1:{free_port()}", patience=math.inf, timeoutMS=1500) as client:
        began = time.monotonic()
        with pytest.raises(PyMongoError):
            client.admin.command("ping")
        assert time.monotonic() - began > 1


@pytest.mark.server
def test_a_look_at_a_primary_that_is_there_costs_next_to_nothing(database):
    outage, known = database.client._outage, database.client._topology
    database["notes"].find_one({})
    began = time.thread_time()
    for _ in range(10_000):
        outage.seconds_left(known)
    assert time.thread_time() - began < 0.1  # 10 us each; it takes about 0.1
