"""Confirmations while workers are killed and the mail server is away: each arrives, under one Message-ID."""

import os
import random
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from bson import ObjectId

from booking_api.clock import now
from booking_api.jobs.outbox import LEASE_SECONDS
from booking_api.jobs.queue_worker import BATCH
from booking_api.jobs.queues import MAIL
from booking_api.notifications.booking_mails import CONFIRM

from ..mail_server import MailServer
from ..pids import eventually, kill
from ..ports import free_port
from ..processes import Service, gunicorn
from .conftest import impatient
from .customers import Customers

LARGE = os.environ.get("BOOKING_LARGE") == "1"
SILENCE_SECONDS = 0.5  # then it is time to see whether somebody died; a message takes a few milliseconds
BETWEEN_KILLS = 5
CUSTOMERS = 4


@pytest.fixture(scope="module")
def service(large):
    """Two workers, which hand their mail to a port where a test may listen."""
    port = free_port()
    mail = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "EMAIL_FROM": "tickets@example.com"}
    command = gunicorn if LARGE or large > 1 else impatient()
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", command=command, workers=2, REQUIRE_VERIFIED_EMAIL="false", **mail) as running,
    ):
        running.mail_port = port
        yield running


@pytest.fixture
def database(service):
    """The database of the service, with no mail owed from another test."""
    made = service.database()
    yield made
    made.client.close()


def book_many(service, count):
    """So many bookings of all customers together; their ids."""
    with Customers(service, count=CUSTOMERS, events=1, tickets=count) as customers:
        order = {"event_id": customers.events[0]["id"], "quantity": 1}

        def book(caller):
            answers = [customers.send(caller, "/bookings", str(ObjectId()), order) for _ in range(count // CUSTOMERS)]
            assert all(answer.status_code == 201 for answer in answers), [answer.text for answer in answers]
            return [answer.json()["id"] for answer in answers]

        with ThreadPoolExecutor(CUSTOMERS) as pool:
            return {booking_id for ids in pool.map(book, customers.callers) for booking_id in ids}


def owed(database):
    return database["outbox"].count_documents({"kind": CONFIRM, "state": "pending"})


@pytest.fixture
def free_leases(service, database):
    """Makes what waits for another attempt due now, what a dead worker has claimed too, and has a worker look."""
    event = {"title": "Wake up", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 10_000}
    event = service.sign_up("organizer").post("/events", json=event).json()
    customer = service.sign_up("customer")

    def free():
        waiting = {"kind": CONFIRM, "state": "pending", "attempts": {"$gt": 0}}
        alive = "|".join(map(str, service.worker_pids()))
        of_the_dead = {"token": {"$not": {"$regex": f"^({alive})-"}}}
        failed = {"due_at": {"$lt": now() + timedelta(seconds=LEASE_SECONDS / 2)}}  # much sooner than a lease ends
        database["outbox"].update_many(waiting | {"$or": [of_the_dead, failed]}, {"$set": {"due_at": now()}})
        hold = {"event_id": event["id"], "quantity": 1, "hold": True}  # a job for later wakes the sweep
        with suppress(requests.RequestException), customer.again() as caller:
            caller.post("/bookings", json=hold)

    return free


def is_silent(server):
    """Whether no message comes for a while."""
    before = len(server.received)
    deadline = time.monotonic() + SILENCE_SECONDS
    while time.monotonic() < deadline:
        if len(server.received) != before:
            return False
        time.sleep(0.02)
    return True


def work_off(database, server, free_leases):
    """Wait until every confirmation is sent, without the minute that a dead worker's lease would last."""

    def all_sent():
        if owed(database) and is_silent(server):
            free_leases()
        return owed(database) == 0

    eventually(all_sent, "every confirmation is sent")


def wait_for_mail(database, server, free_leases, count):
    """Wait until some more messages have come."""
    wanted = len(server.received) + count

    def came():
        if is_silent(server):
            free_leases()
        return len(server.received) >= wanted or owed(database) == 0

    eventually(came, "more mail comes")


def kill_one(service, victim):
    """SIGKILL a worker, and wait until the master has started another."""
    kill(victim)
    eventually(lambda: len(service.worker_pids()) == 2, "another worker runs")


def message_ids(database):
    """The Message-ID of each booking's confirmation, as the outbox has it."""
    rows = database["outbox"].find({"kind": CONFIRM})
    return {str(row["payload"]["booking_id"]): row["message_id"] for row in rows}


def arrived(server):
    """Message-IDs of what arrived, by the booking it speaks of."""
    found = defaultdict(list)
    for received in server.received:
        mail = received.mail
        text = mail.get_body(["plain"]).get_content()
        found[text.split("Your booking's number is ")[1].strip().rstrip(".")].append(mail["Message-ID"])
    return found


def confirmations(database, booking_ids):
    rows = database["bookings"].find({}, {"confirmation": 1})
    return {row["confirmation"]["status"] for row in rows if str(row["_id"]) in booking_ids}


@pytest.mark.timeout(600)
def test_a_confirmation_arrives_however_often_workers_are_killed(
    service, database, free_leases, large, record_property
):
    kills = 100 if LARGE or large > 1 else 10
    with MailServer(service.mail_port, seconds_each=0.004) as server:
        booking_ids = book_many(service, 300)
        for _ in range(kills):
            if owed(database) < BATCH:
                booking_ids |= book_many(service, BATCH)
            wait_for_mail(database, server, free_leases, BETWEEN_KILLS)
            kill_one(service, random.choice(service.worker_pids()))
        work_off(database, server, free_leases)
    found = arrived(server)
    repeats = sum(len(ids) - 1 for ids in found.values())
    record_property("repeats", repeats)
    print(f"{kills} kills, {len(found)} messages, {repeats} repeats")
    assert found.keys() == booking_ids
    assert {booking_id: set(ids) for booking_id, ids in found.items()} == {
        booking_id: {message_id}
        for booking_id, message_id in message_ids(database).items()
        if booking_id in booking_ids
    }
    assert max(map(len, found.values())) <= 1 + kills
    assert repeats <= kills * MAIL.threads  # what the threads of one killed worker had sent and not yet noted
    assert confirmations(database, booking_ids) == {"sent"}


def test_a_mail_server_that_is_away_for_a_while_has_every_confirmation_afterwards(service, database, free_leases):
    booking_ids = book_many(service, 60)
    tried = {"kind": CONFIRM, "state": "pending", "attempts": {"$gt": 0}, "last_error": {"$regex": "refused"}}
    eventually(lambda: database["outbox"].count_documents(tried) == len(booking_ids), "each was tried in vain")
    assert confirmations(database, booking_ids) == {"pending"}
    with MailServer(service.mail_port) as server:
        work_off(database, server, free_leases)  # everybody lives, so each arrives once
    found = arrived(server)
    assert found.keys() == booking_ids
    assert {len(ids) for ids in found.values()} == {1}
    owed_ids = message_ids(database)
    assert all(ids == [owed_ids[booking_id]] for booking_id, ids in found.items())
    assert confirmations(database, booking_ids) == {"sent"}
