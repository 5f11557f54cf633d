"""Fixtures: an app on mongomock for shape and rules, an app on the real server for what counts tickets."""

import gc
import math
import os
import tempfile
from pathlib import Path

import pytest
from bson import ObjectId
from hypothesis import settings

from booking_api import create_app
from booking_api.accounts.store import UserStore
from booking_api.clock import now
from booking_api.development.embedded import EmbeddedServer
from booking_api.events import titles
from booking_api.http import rate_limits
from booking_api.http.services import services_of
from booking_api.jobs import runner
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import connect
from booking_api.storage.deadline import seconds_left
from booking_api.storage.indexes import Stores

from . import contract
from .api import Api
from .apps import SETTINGS, cache_nothing, mongomock_app
from .builders import make_event, sign_up
from .databases import Reused
from .fakes import Clock, Outgoing, Receiving
from .pids import CALM_SECONDS
from .started_processes import fail_where_a_process_was_started, pytest_runtest_protocol  # noqa: F401 (hooks)

HERE = Path(__file__).parent
MEMORY = "/dev/shm"  # where Linux has files in memory
ROOM = 8 << 30  # bytes; the databases of a run take a part of it, and half of the memory is the usual size

ObjectId._inc = 0  # it is drawn, and might begin again in the midst of a test: then ids would be in no order
rate_limits.STORE_SECONDS = CALM_SECONDS  # an app would count by itself while MongoDB is slow
settings.load_profile("ci")  # Hypothesis: the same examples each time, on a slow machine too


def pytest_addoption(parser):
    """Add `--large`."""
    parser.addoption("--large", action="store_true", help="run the fault tests at ten times their size")


def pytest_collection_modifyitems(items):
    """Mark the tests that need the real server; those that start processes by themselves are marked in their files.

    Those of no package come first: some walk through the whole service, and the others would wait for them at the end.
    """
    for item in items:
        if "mongod" in item.fixturenames:
            item.add_marker("server")
    items.sort(key=lambda item: item.path.parent != HERE)


def roomy_memory():
    """A folder in memory in which programs run too, or None where there is none or too little of it."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return None
    is_roomy = found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
    return MEMORY if is_roomy and os.access(MEMORY, os.W_OK) else None


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory):
    """A temporary directory for this session and the services it starts, so that nothing of theirs stays behind.

    It is in memory where there is room: a disk that others use too may keep MongoDB waiting for longer than a request.
    """
    tmp_path_factory.getbasetemp()  # pytest keeps that elsewhere, for whoever looks into a failure
    with (
        tempfile.TemporaryDirectory(prefix="bt-", dir=roomy_memory(), ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(scope="session", autouse=True)
def lasting_objects():
    """Make what lasts for the whole run before the first test, and have the garbage collector look at it no more."""
    titles.prepare()
    contract.operations()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def large(request):
    """What the counts of the fault tests are multiplied by."""
    return 10 if request.config.getoption("--large") else 1


@pytest.fixture
def clock():
    """The time of the app on mongomock."""
    return Clock()


@pytest.fixture
def outgoing():
    """The messages that the app has sent."""
    return Outgoing()


@pytest.fixture
def receiving():
    """What webhooks were told, and what they answer."""
    return Receiving()


@pytest.fixture
def app(clock, outgoing, receiving):
    """An app on mongomock: not atomic, so nothing that counts tickets under load is proved with it."""
    made = mongomock_app(clock, outgoing, receiving)
    services = services_of(made)
    services[UserStore].collection.create_indexes(services[UserStore].INDEXES)
    cache_nothing(made)
    return made


@pytest.fixture(scope="session")
def mongod():
    """A real MongoDB for this test session."""
    with tempfile.TemporaryDirectory(prefix="booking-test-") as folder:
        # Nothing is deleted because its time is over, or it would depend on the second in which a test runs.
        server = EmbeddedServer(Path(folder), enableTestCommands="1", ttlMonitorEnabled="false")
        address = server.start()
        yield address
        server.stop()


@pytest.fixture
def var_dir():
    """An empty `VAR_DIR` with a short path, removed after the test."""
    with tempfile.TemporaryDirectory(prefix="booking-var-") as folder:
        yield Path(folder) / "var"


@pytest.fixture(scope="session")
def reused():
    """The database that tests use one after the other."""
    return Reused()


@pytest.fixture
def indexed():
    """Says that `database` may be one that has all indexes, which saves the time of creating them."""


@pytest.fixture
def database(request, mongod, reused):
    """A database without documents on the real server, and without indexes, unless a fixture is `indexed`."""
    if "indexed" in request.fixturenames:
        with reused.database(mongod) as made:
            yield made
        return
    made = connect(mongod.replace("/?", f"/test-{ObjectId()}?"), seconds=CALM_SECONDS)
    yield made
    made.client.drop_database(made.name)
    made.client.close()


@pytest.fixture
def real_app(indexed, database, outgoing, receiving):
    """An app on the real server, with its indexes; its jobs run when a test starts or runs them."""
    made = create_app(SETTINGS, database=database, sender=outgoing, receivers=receiving.receivers, clock=now)
    services_of(made)[Stores].ensure_indexes()
    cache_nothing(made)
    yield made
    services_of(made)[JobRunner].stop()


@pytest.fixture
def client(app):
    """A client of the app on mongomock, signed in as nobody."""
    return Api(app.test_client())


@pytest.fixture
def as_role(app):
    """Signs somebody new up on the mongomock app: `as_role("customer")`."""
    return lambda role, **fields: sign_up(app, role, **fields)


@pytest.fixture
def as_real_role(real_app):
    """Signs somebody new up on the app with the real server."""
    return lambda role, **fields: sign_up(real_app, role, **fields)


@pytest.fixture
def organizer(as_role):
    """Somebody who makes events, on the mongomock app."""
    return as_role("organizer")


@pytest.fixture
def customer(as_role):
    """Somebody who books, on the mongomock app."""
    return as_role("customer")


@pytest.fixture
def event(organizer):
    """A published event with ten tickets."""
    return make_event(organizer)


@pytest.fixture(autouse=True)
def _no_deadline_left_behind():
    """Fail where a test leaves a time limit to those that follow it in the same thread."""
    yield
    assert math.isinf(seconds_left())


@pytest.fixture
def rare_sweeps(monkeypatch):
    """A sweep follows the first one only when it has a reason, and not by itself within the time of a test."""
    monkeypatch.setattr(runner, "SWEEP_SECONDS", 300)
