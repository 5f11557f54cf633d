"""Fixtures: an app on mongomock for shape and rules, an app on the real server for what counts tickets."""

import itertools
import math
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import mongomock
import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.accounts.store import UserStore
from booking_api.clock import now
from booking_api.config import Settings
from booking_api.development.embedded import EmbeddedServer
from booking_api.http.response_cache import ResponseCache
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import connect
from booking_api.storage.deadline import seconds_left
from booking_api.storage.indexes import Stores

from .api import Api
from .fakes import Clock, NoTransactions, Outgoing

SETTINGS = Settings(
    jwt_secret_key="a secret for tests of at least thirty-two bytes",
    bcrypt_rounds=4,
    update_notice_seconds=0,
    ratelimit_enabled=False,
    log_level="WARNING",
)
FUTURE = "2031-06-01T20:00:00Z"
numbers = itertools.count(1)


def pytest_addoption(parser):
    """Add `--large`."""
    parser.addoption("--large", action="store_true", help="run the fault tests at ten times their size")


def pytest_collection_modifyitems(items):
    """Mark what needs the real server."""
    for item in items:
        if "mongod" in item.fixturenames:
            item.add_marker("mongod")


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory):
    """A temporary directory for this session and the services it starts, so that nothing of theirs stays behind."""
    tmp_path_factory.getbasetemp()  # pytest keeps that elsewhere, for whoever looks into a failure
    with (
        tempfile.TemporaryDirectory(prefix="bt-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


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


def mongomock_app(clock, outgoing, **settings):
    """An app on an empty mongomock, with some settings of its own."""
    database = mongomock.MongoClient(tz_aware=True)["booking"]
    made = replace(SETTINGS, **settings)
    return create_app(made, database=database, transactions=NoTransactions(), sender=outgoing, clock=clock)


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock: not atomic, so nothing that counts tickets under load is proved with it."""
    made = mongomock_app(clock, outgoing)
    services = services_of(made)
    services[UserStore].collection.create_indexes(services[UserStore].INDEXES)
    services_of(made).add(each_request_in_a_second_of_its_own(), ResponseCache)
    return made


def each_request_in_a_second_of_its_own():
    """Lists are never an earlier request's."""
    return ResponseCache(itertools.count(1).__next__)


@pytest.fixture(scope="session")
def mongod():
    """A real MongoDB for this test session."""
    with tempfile.TemporaryDirectory(prefix="booking-test-") as folder:
        server = EmbeddedServer(Path(folder), enableTestCommands="1")
        address = server.start()
        yield address
        server.stop()


@pytest.fixture
def var_dir():
    """An empty `VAR_DIR` with a short path, removed after the test."""
    with tempfile.TemporaryDirectory(prefix="booking-var-") as folder:
        yield Path(folder) / "var"


@pytest.fixture
def database(mongod):
    """An empty database on the real server."""
    made = connect(mongod.replace("/?", f"/test-{ObjectId()}?"), seconds=10)
    yield made
    made.client.drop_database(made.name)
    made.client.close()


@pytest.fixture
def real_app(database, outgoing):
    """An app on the real server, with its indexes; its jobs run when a test starts or runs them."""
    made = create_app(SETTINGS, database=database, sender=outgoing, clock=now)
    services_of(made)[Stores].ensure_indexes()
    services_of(made).add(each_request_in_a_second_of_its_own(), ResponseCache)
    yield made
    services_of(made)[JobRunner].stop()


@pytest.fixture
def client(app):
    """A client of the app on mongomock, signed in as nobody."""
    return Api(app.test_client())


def sign_up(app, role, **fields):
    """Register somebody new and log in."""
    person = {
        "name": f"Person {next(numbers)}",
        "email": f"person{next(numbers)}@example.com",
        "password": "correct horse battery",
        "role": role,
    } | fields
    api = Api(app.test_client())
    assert api.post("/auth/register", person).status_code == 201
    session = api.post("/auth/login", {"email": person["email"], "password": person["password"]}).json
    return Api(app.test_client(), session["access_token"], session["user"])


@pytest.fixture
def as_role(app):
    """Signs somebody new up on the mongomock app: `as_role("customer")`."""
    return lambda role, **fields: sign_up(app, role, **fields)


@pytest.fixture
def as_real_role(real_app):
    """Signs somebody new up on the app with the real server."""
    return lambda role, **fields: sign_up(real_app, role, **fields)


def event_fields(**fields):
    """A valid body for `POST /events`."""
    return {"title": "Jazz night", "description": "All night.", "date": FUTURE, "total_tickets": 10} | fields


def make_event(organizer, **fields):
    """An event of this organizer."""
    response = organizer.post("/events", event_fields(**fields))
    assert response.status_code == 201, response.json
    return response.json


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


def available(api, event):
    """How many tickets of an event are on sale."""
    return api.get(f"/events/{event['id']}").json["available_tickets"]


def run_jobs(app):
    """Run the jobs that are due now or in a moment, and those that they owe, until none is left."""
    services = services_of(app)
    outbox, jobs = services[Outbox], services[JobRunner]
    for _ in range(100):
        soon = {"$lte": outbox.now() + timedelta(minutes=1)}
        pending = [row["_id"] for row in outbox.collection.find({"state": "pending", "attempts": 0, "due_at": soon})]
        if not pending:
            return
        jobs.run(pending)
    raise AssertionError("The jobs do not come to an end.")


def book(customer, event, quantity=1):
    """A booking of this customer."""
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": quantity})
    assert response.status_code == 201, response.json
    return response.json


def assert_problem(response, status, code):
    """The response is a problem document with this status and code, which is returned."""
    assert response.status_code == status, response.data
    assert response.mimetype == "application/problem+json"
    problem = response.json
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["title"] and problem["detail"]
    assert bool(problem.get("errors")) is (status == 422)
    return problem


@pytest.fixture(autouse=True)
def _no_deadline_left_behind():
    """Fail where a test leaves a time limit to those that follow it in the same thread."""
    yield
    assert math.isinf(seconds_left())
