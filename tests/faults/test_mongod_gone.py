"""MongoDB gone for longer than a moment: everybody hears 503 at once, and is served again when it is back."""

import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bson import ObjectId

from ..pids import eventually, freeze
from ..processes import Service
from .conftest import named

REQUEST_SECONDS = 60
SOON_SECONDS = 25  # far less than a request may take; alone it takes less than one, or four when MongoDB freezes
ALL_AT_ONCE = 32


@pytest.fixture(scope="module")
def service(server):
    """A service over it whose requests may take long, which the tests of this module share."""
    uri = named(server.address)
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", MONGODB_URI=uri, REQUEST_SECONDS=REQUEST_SECONDS) as running,
    ):
        yield running


def calls(service):
    """What everybody may ask for, each with the status that it has while MongoDB is there."""
    organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
    fields = {"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 1000}
    event = organizer.post("/events", json=fields).json()
    person = {"email": customer.user["email"], "password": "correct horse battery"}
    order = {"event_id": event["id"], "quantity": 1}
    return {
        "list": (200, lambda: customer.get("/events", params={"q": str(ObjectId())})),
        "event": (200, lambda: customer.get(f"/events/{event['id']}")),
        "bookings": (200, lambda: customer.get("/bookings")),
        "booking": (201, lambda: customer.post("/bookings", json=order)),
        "booking with a key": (
            201,
            lambda: customer.post("/bookings", json=order, headers={"Idempotency-Key": str(ObjectId())}),
        ),
        "login": (200, lambda: customer.again().post("/auth/login", json=person)),
    }


def assert_refused_soon(answer):
    """503 as a problem that says when to come again, and nothing of where MongoDB is."""
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "service_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.elapsed.total_seconds() < SOON_SECONDS
    assert "mongod" not in answer.text and "sock" not in answer.text


def test_while_mongodb_is_gone_all_are_refused_at_once_and_served_when_it_is_back(server, service):
    asked = calls(service)
    for name, (status, ask) in asked.items():
        assert ask().status_code == status, name
    server.kill()
    for _ in range(2):
        for _, ask in asked.values():
            assert_refused_soon(ask())
    assert service.status("/readyz") == 503
    assert service.status("/healthz") == 200
    reasons = [line for line in service.output().splitlines() if "MongoDB did not answer" in line]
    assert any("mongod.sock: " in line for line in reasons), reasons
    server.start()
    for name, (status, ask) in asked.items():
        eventually(lambda ask=ask, status=status: ask().status_code == status, name)
    assert "Traceback" not in service.output()


def test_a_frozen_mongodb_refuses_all_who_ask_at_once_and_then_again(server, service):
    asked = calls(service)
    freeze(server.pid)
    try:
        for _ in range(2):
            with ThreadPoolExecutor(ALL_AT_ONCE) as pool:
                waiting = [pool.submit(ask) for name, (_, ask) in asked.items() for _ in range(5) if name != "list"]
                assert service.status("/healthz") == 200
                for answer in waiting:
                    assert_refused_soon(answer.result())
    finally:
        os.kill(server.pid, signal.SIGCONT)
    for name, (status, ask) in asked.items():
        eventually(lambda ask=ask, status=status: ask().status_code == status, name)
