"""The service as it is started in earnest: by gunicorn and by flask, with and without what it needs."""

import json
import os
import runpy
import signal
from types import SimpleNamespace

import pytest
import requests

from booking_api.development.embedded import EmbeddedServer

from ..pids import eventually
from ..processes import CHECKOUT, Service, flask_run, free_port
from ..standalone import standalone_mongod

pytestmark = pytest.mark.server
STARTED = "process_start_time_seconds{"


def complaint(service):
    """The one sentence with which a service ended that was refused its start."""
    assert service.wait_end() != 0
    printed = service.output()
    assert "Traceback" not in printed
    assert service.left_behind() == []
    said = [line for line in printed.splitlines() if line[0] not in "[{"]  # the rest is gunicorn's log
    assert len(said) == 1, printed
    assert said[0].startswith("Error: ")
    return said[0]


@pytest.fixture(scope="module", autouse=True)
def unreachable(tmp_path_factory):
    """A service that looks for MongoDB where none is: for 15 s, during which the other tests run."""
    uri = f"mongodb://127.0.0.1:{free_port()}/booking"
    service = Service(tmp_path_factory.mktemp("unreachable"), MONGODB_URI=uri)
    service.launch()
    yield service
    service.close()


@pytest.fixture
def refused(var_dir):
    """Starts services that are to end by themselves."""
    services = []

    def start(**settings):
        services.append(Service(var_dir / str(len(services)), **settings))
        services[-1].launch()
        return services[-1]

    yield start
    for service in services:
        service.close()


def assert_away(service, path):
    """The path answers 503 as a problem that says when to come again."""

    def told():
        """A problem; on a busy machine one may be that the time of the request was over before MongoDB was asked."""
        answer = requests.get(service.url + path, timeout=30)
        assert answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        return answer.json()["code"] != "out_of_time" and answer.json()

    assert eventually(told, "MongoDB was asked")["code"] == "service_unavailable"


def replace_worker(service):
    """Kill the worker and wait until the master's next one answers."""
    (old,) = service.worker_pids()
    os.kill(old, signal.SIGKILL)
    eventually(lambda: any(pid != old for pid in service.worker_pids()), "there is a new worker")
    eventually(lambda: service.status("/healthz") == 200, "the new worker answers")
    assert old not in service.worker_pids()


def test_ctrl_c_stops_gunicorn_with_all_it_started(var_dir):
    with Service(var_dir, workers=2) as service:
        both = 2  # in the metrics once they have loaded the application
        eventually(lambda: requests.get(f"{service.url}/metrics", timeout=30).text.count(STARTED) == both, "both run")
        assert service.mongod_pid()
        assert requests.get(service.url + "/api/v1/events", timeout=30).json()["items"] == []
        assert service.stop(signal.SIGINT, group=True) == 0
        assert service.left_behind() == []


def test_ctrl_c_while_the_workers_start_is_no_failure(var_dir):
    service = Service(var_dir, workers=2)
    service.launch()
    try:
        eventually(lambda: len(service.worker_pids()) == 2, "both have begun", pause=0.001)
        assert service.stop(signal.SIGINT, group=True) == 0
        assert "Traceback" not in service.output()
        assert service.left_behind() == []
    finally:
        service.close()


def test_a_worker_that_is_stopped_while_it_starts_leaves_without_a_traceback(var_dir, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(var_dir))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(var_dir))
    hooks = runpy.run_path(str(CHECKOUT / "gunicorn.conf.py"))
    hooks["worker_exit"](None, SimpleNamespace(pid=1))  # gunicorn sets `wsgi` only once the application is loaded


def test_an_idle_connection_does_not_hold_up_a_stop(var_dir):
    with Service(var_dir, GUNICORN_CMD_ARGS="--graceful-timeout 100") as service, requests.Session() as session:
        assert session.get(service.url + "/healthz", timeout=30).status_code == 200
        assert service.stop(signal.SIGTERM) == 0


def test_a_second_copy_says_who_holds_the_data_and_leaves(var_dir):
    with Service(var_dir) as first:
        second = Service(var_dir)
        second.launch()
        try:
            sentence = complaint(second)
        finally:
            second.close()
        assert f"process {first.pid}" in sentence
        assert str(var_dir) in sentence
        assert first.status("/readyz") == 200
        assert first.stop(signal.SIGINT) == 0
        assert first.left_behind() == []


def test_flask_run_serves_and_ctrl_c_stops_all_it_started(var_dir):
    with Service(var_dir, command=flask_run) as service:
        organizer = service.sign_up("organizer")
        fields = {"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 5}
        event = organizer.post("/events", json=fields).json()
        customer = service.sign_up("customer")
        assert customer.post("/bookings", json={"event_id": event["id"], "quantity": 2}).status_code == 201
        line = f"Booking confirmation email sent to {customer.user['email']}\n"
        eventually(lambda: line in service.output(), "the confirmation is printed")
        service.stop(signal.SIGINT, group=True)
        assert service.left_behind() == []
        assert "Traceback" not in service.output()


def test_production_mode_serves_from_the_given_database(var_dir, database, mongod):
    uri = mongod.replace("/?", f"/{database.name}?")
    with Service(var_dir, MONGODB_URI=uri) as service:
        assert service.sign_up("customer").get("/users/me").status_code == 200
        assert database["users"].count_documents({}) == 1
        assert service.stop(signal.SIGTERM) == 0
        lines = [json.loads(line) for line in service.output().splitlines()]  # gunicorn's own too
        assert {"gunicorn.error", "booking_api.access"} <= {line["logger"] for line in lines}
        warnings = [line["message"] for line in lines if line["level"] == "WARNING"]
        assert warnings == ["EMAIL_URL is not set: mail is printed here and reaches nobody."]
    assert not var_dir.exists()


def test_production_mode_warns_where_webhooks_may_go_anywhere(var_dir, database, mongod):
    uri = mongod.replace("/?", f"/{database.name}?")
    with Service(var_dir, MONGODB_URI=uri, LOG_FORMAT="text", WEBHOOK_ALLOW_PRIVATE="true") as service:
        warning = "WEBHOOK_ALLOW_PRIVATE is set: webhooks reach whatever this server reaches."
        assert service.output().count(warning) == 1


def test_production_mode_is_refused_in_one_sentence_without_what_it_needs(refused, var_dir):
    no_secret = refused(MONGODB_URI="mongodb://127.0.0.1/booking", JWT_SECRET_KEY=None)
    short_secret = refused(MONGODB_URI="mongodb://127.0.0.1/booking", JWT_SECRET_KEY="a" * 31)
    no_uri = refused(MONGODB_URI="localhost:27017")
    no_host = refused(MONGODB_URI="mongodb+srv://user:password@cluster.invalid/booking")
    no_escape = refused(MONGODB_URI="mongodb://user:p@ss@127.0.0.1/booking")
    preloaded = refused(GUNICORN_CMD_ARGS="--preload --access-logfile -")  # what Render sets by itself
    with standalone_mongod(var_dir) as uri:
        sentence = complaint(refused(MONGODB_URI=uri))
    assert "standalone" in sentence
    assert "--replSet" in sentence
    assert "JWT_SECRET_KEY must be set" in complaint(no_secret)
    assert "JWT_SECRET_KEY must be at least 32 bytes" in complaint(short_secret)
    assert "MONGODB_URI must start with mongodb://" in complaint(no_uri)
    assert "MONGODB_URI cannot be used" in complaint(no_host)
    assert "must be escaped" in complaint(no_escape)
    assert "GUNICORN_CMD_ARGS" in complaint(preloaded)


def test_flask_run_is_refused_in_one_sentence_too(refused):
    sentence = complaint(refused(command=flask_run, MONGODB_URI="mongodb://127.0.0.1/booking", JWT_SECRET_KEY=None))
    assert "JWT_SECRET_KEY must be set" in sentence


def test_a_worker_that_starts_while_mongodb_is_frozen_answers_503_and_recovers(var_dir):
    with Service(var_dir, REQUEST_SECONDS=1) as service:
        frozen = service.mongod_pid()
        os.kill(frozen, signal.SIGSTOP)
        replace_worker(service)
        assert_away(service, "/readyz")
        assert_away(service, "/api/v1/events")
        os.kill(frozen, signal.SIGCONT)
        eventually(lambda: service.status("/readyz") == 200, "the service is ready again")
        eventually(lambda: service.status("/api/v1/events") == 200, "events are listed again")
        assert "Traceback" not in service.output()


def test_a_worker_that_starts_while_mongodb_is_down_answers_503_and_recovers(var_dir):
    server = EmbeddedServer(var_dir)
    uri = server.start()
    with Service(var_dir / "service", MONGODB_URI=uri, REQUEST_SECONDS=1) as service:
        server.kill()
        replace_worker(service)
        assert_away(service, "/readyz")
        assert_away(service, "/api/v1/events")
        server = EmbeddedServer(var_dir)
        server.start()
        try:
            eventually(lambda: service.status("/readyz") == 200, "the service is ready again")
            eventually(lambda: service.status("/api/v1/events") == 200, "events are listed again")
            assert "Traceback" not in service.output()
        finally:
            server.kill()


def test_production_mode_is_refused_in_one_sentence_when_mongodb_is_not_there(unreachable):
    sentence = complaint(unreachable)
    assert "cannot be reached" in sentence
    assert "check the address" in sentence
