"""The door while workers are killed: a file of scans is sent again until it is answered, and lets each in once."""

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests
from bson import ObjectId

from ..pids import eventually
from ..processes import Service, flask
from .conftest import named

WORKERS = 3
AT_ONCE = 50
FILE = 500  # the most that one file may have
DEVICES = 2
PATIENCE = 60
COMMIT_MILLISECONDS = 500  # of which there are ten to a file
REQUEST_SECONDS = 40  # a machine that is busy with other things refuses nobody
EVENT = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 100_000}


@pytest.fixture(scope="module")
def service(mongod, tmp_path_factory):
    """Three workers on a database of their own."""
    settings = {"MONGODB_URI": named(mongod), "REQUEST_SECONDS": REQUEST_SECONDS}
    with Service(tmp_path_factory.mktemp("door"), workers=WORKERS, **settings) as running:
        eventually(lambda: len(running.worker_pids()) == WORKERS, "all workers run")
        yield running


@pytest.fixture
def organizer(service):
    """Who made the event, and stands at its door."""
    return service.sign_up("organizer")


@pytest.fixture
def event(organizer):
    """An event with room for everybody."""
    return organizer.post("/events", json=EVENT | {"max_per_booking": 100}).json()


@pytest.fixture
def tickets(service, event):
    """Books tickets, a hundred at a time."""
    customer = service.sign_up("customer")

    def book(count):
        booked = []
        while len(booked) < count:
            body = {"event_id": event["id"], "quantity": min(100, count - len(booked))}
            answer = customer.post("/bookings", json=body)
            assert answer.status_code == 201, answer.text
            booked += answer.json()["tickets"]
        return booked

    return book


def assert_audited(service):
    """`flask audit` finds nothing, and no request has failed by an error of the service."""
    audit = flask("audit", **service.settings)
    assert (audit.returncode, audit.stdout.endswith(" events audited, 0 faults.\n")) == (0, True), audit.stdout
    assert "Traceback" not in service.output()


def test_of_fifty_scans_of_a_ticket_by_http_one_is_answered_by_201(service, organizer, event, tickets, large):
    begin = threading.Barrier(AT_ONCE)
    booked = tickets(3 * large)

    def scan(number):
        heard = []
        with organizer.again() as device:
            for ticket in booked:
                begin.wait(PATIENCE)
                body = {"code": ticket["code"], "device": f"{number}"}
                answer = device.post(f"/events/{event['id']}/check-ins", json=body)
                heard.append((answer.status_code, None if answer.ok else answer.json()["code"]))
        return heard

    with ThreadPoolExecutor(AT_ONCE) as pool:
        heard = list(pool.map(scan, range(AT_ONCE)))
    for of_ticket in zip(*heard, strict=True):
        assert Counter(of_ticket) == {(201, None): 1, (409, "already_checked_in"): AT_ONCE - 1}
    assert_audited(service)


def at_ease(database, mode):
    """Have each commit of the service take a while, so that a file is still on its way when it is to be cut off."""
    slow = {"failCommands": ["commitTransaction"], "appName": "booking-api", "blockConnection": True}
    point = {"configureFailPoint": "failCommand", "mode": mode}
    if mode != "off":
        point["data"] = slow | {"blockTimeMS": COMMIT_MILLISECONDS}
    database.client.admin.command(point)


class Device:
    """Sends a file of scans again and again until it is answered, and notes what failed meanwhile."""

    def __init__(self, caller, event, tickets, name):
        self.caller, self.path = caller, f"/events/{event['id']}/check-ins/bulk"
        self.file = [{"code": each["code"], "nonce": str(ObjectId()), "device": name} for each in tickets]
        self.failures = Counter()

    def send(self):
        """The results of the file."""
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, self.failures
            try:
                answer = self.caller.post(self.path, json={"check_ins": self.file})
            except requests.RequestException as error:
                self.failures[type(error).__name__] += 1
                continue
            if answer.status_code == 200:
                return answer.json()["results"]
            assert answer.status_code == 503, answer.text
            self.failures[answer.json()["code"]] += 1
            time.sleep(0.05)


def test_a_file_whose_worker_is_killed_lets_each_in_once_when_sent_again(service, organizer, event, tickets, large):
    database, of_event = service.database(), {"event_id": ObjectId(event["id"])}
    kills, cut, sent = 1 if large == 1 else 3, 0, 0
    for turn in range(large):
        booked = tickets(FILE)
        # Of the second device, the tickets in the opposite order: whoever is second at one hears `conflict`.
        orders = [booked, booked[::-1]]
        devices = [Device(organizer.again(), event, orders[at], f"{turn}-{at}") for at in range(DEVICES)]
        at_ease(database, mode="alwaysOn")
        with ThreadPoolExecutor(DEVICES) as pool:
            sending = [pool.submit(device.send) for device in devices]
            for kill in range(kills):
                enough = sent + DEVICES * FILE * (kill + 0.5) / (kills + 1)
                eventually(
                    lambda enough=enough: database["scans"].count_documents(of_event) >= enough,
                    "scans are logged",
                    pause=0.001,
                )
                for pid in service.worker_pids():  # all, for both files may be at one of them
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            at_ease(database, mode="off")
            results = [each.result(PATIENCE) for each in sending]
        sent += DEVICES * FILE
        cut += sum(device.failures.total() for device in devices)
        for first, second in zip(results[0], reversed(results[1]), strict=True):
            outcomes = {first["result"], second["result"]}
            assert "conflict" in outcomes and outcomes & {"created", "replayed"}, outcomes
        again = Counter(each["result"] for device in devices for each in device.send())
        assert again == {"replayed": FILE, "conflict": FILE}
    assert cut >= large
    rows = list(database["scans"].find(of_event))
    assert len(rows) == len({row["nonce"] for row in rows}) == sent
    holding = Counter(row["ticket_id"] for row in rows if row.get("holds"))
    assert set(holding.values()) == {1} and len(holding) == FILE * large
    let_in = [len(ticket["check_ins"]) for each in database["bookings"].find(of_event) for ticket in each["tickets"]]
    assert let_in == [1] * FILE * large
    database.client.close()
    assert_audited(service)
