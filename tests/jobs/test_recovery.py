"""What is owed survives the process that owes it: after a power cut, and after a stop in the midst of work."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from bson import ObjectId

from booking_api.clock import now
from booking_api.development import embedded
from booking_api.jobs.facts import Fact
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import Transactions

from ..mail_server import MailServer
from ..pids import CALM_SECONDS, eventually
from ..processes import Service

pytestmark = pytest.mark.server

LINE = "Booking confirmation email sent to {}\n"
JOBS = 3000
HAPPENED = Fact("test.happened")


def make_event(service, tickets):
    """An event on sale."""
    fields = {"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": tickets}
    with service.sign_up("organizer") as organizer:
        return organizer.post("/events", json=fields).json()


def start_with_leases_run_out(service):
    """Start; what a killed process had claimed is free again after a minute, so make that now, before the sweep."""
    service.launch()
    eventually(lambda: embedded.is_running(service.var_dir), "MongoDB runs")
    database = service.database()
    database["outbox"].update_many({"state": "pending"}, {"$set": {"due_at": now()}})
    database.client.close()
    service.wait_ready()


def pending(service):
    """How many jobs are owed still."""
    database = service.database()
    try:
        return database["outbox"].count_documents({"state": "pending"})
    finally:
        database.client.close()


def mail_to(server):
    """The settings of a service that hands its mail to this server."""
    url = f"smtp://127.0.0.1:{server.port}"
    return {"EMAIL_URL": url, "EMAIL_FROM": "tickets@example.com", "REQUIRE_VERIFIED_EMAIL": "false"}


def test_acknowledged_bookings_and_confirmations_survive_the_death_of_all_processes(var_dir):
    with Service(var_dir, workers=2) as first:
        event = make_event(first, 100)
        customers = [first.sign_up("customer") for _ in range(40)]
        acknowledged, enough = {}, threading.Event()

        def book(customer):
            try:
                answer = customer.post("/bookings", json={"event_id": event["id"], "quantity": 1})
            except requests.RequestException:  # the power was cut
                return
            if answer.status_code == 503:  # MongoDB was dead a moment before its workers were
                return
            acknowledged[answer.json()["id"]] = customer
            if len(acknowledged) >= 25:  # two threads may have added one each before they look
                enough.set()

        with ThreadPoolExecutor(8) as pool:
            bookings = [pool.submit(book, customer) for customer in customers]
            assert enough.wait(CALM_SECONDS)
            first.kill_everything()
        for booking in bookings:
            booking.result()
        printed_before = first.output()

    with closing(Service(var_dir, workers=2)) as second:
        start_with_leases_run_out(second)
        for booking_id, customer in acknowledged.items():
            found = customer.again(second.url).get(f"/bookings/{booking_id}")
            assert found.status_code == 200, found.text
            assert found.json()["status"] == "confirmed"
        eventually(lambda: pending(second) == 0, "every job is done")
        printed = printed_before + second.output()
        lines = Counter(line + "\n" for line in printed.splitlines())
        missing = [
            customer.user["email"]
            for customer in acknowledged.values()
            if not any(line.endswith(LINE.format(customer.user["email"])) for line in lines)
        ]
        assert missing == []
        database = second.database()
        stored = database["events"].find_one({"_id": ObjectId(event["id"])})
        assert stored["available_tickets"] == 100 - database["bookings"].count_documents({})
        database.client.close()


def test_a_service_stopped_with_many_jobs_ends_fast_and_the_next_start_runs_them(var_dir):
    with MailServer(seconds_each=0.1) as slow, Service(var_dir, **mail_to(slow)) as first:
        event = make_event(first, 10)
        customer = first.sign_up("customer")
        booking = customer.post("/bookings", json={"event_id": event["id"], "quantity": 1}).json()
        database = first.database()
        customer.close()
        owed = database["outbox"].find_one({"payload.booking_id": ObjectId(booking["id"])})
        fresh = {"state": "pending", "attempts": 0, "token": None, "due_at": now()}
        database["outbox"].insert_many([owed | fresh | {"_id": ObjectId()} for _ in range(JOBS)])
        database.client.close()
        eventually(lambda: len(slow.received) > 10, "the runner is at work")
        began = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - began < 30  # all of them would take longer; mongod's own clean end is a good second
        assert "Traceback" not in first.output()
        done_before = len(slow.received)
        assert done_before < JOBS

    with closing(Service(var_dir)) as second:
        start_with_leases_run_out(second)
        eventually(lambda: pending(second) == 0, "every job is done")
        assert done_before + second.output().count(LINE.format(customer.user["email"])) >= JOBS


def test_a_stopping_runner_drops_what_it_has_not_begun_and_another_does_it(database):
    outbox = Outbox(database["outbox"], now)
    done, slow = Counter(), threading.Event()

    def work(job):
        slow.wait(0.1)
        done[job["payload"]["number"]] += 1

    outbox.handle("test.work", work, queue=MAIL, fact=HAPPENED)
    first = JobRunner(outbox)
    first.start()
    payloads = [{"number": number} for number in range(1000)]
    Transactions(database.client, CALM_SECONDS).run(lambda unit: outbox.record(unit, HAPPENED, payloads))
    eventually(lambda: len(done) >= 4, "the runner is at work")
    began = time.monotonic()
    first.stop()
    assert time.monotonic() - began < 20  # all of them would take longer
    assert len(done) < 500
    first.submit([{"_id": ObjectId(), "kind": "test.work"}])  # a late offer is declined, not an error

    slow.set()
    second = JobRunner(outbox)
    second.start()
    try:
        eventually(lambda: len(done) == 1000, "every job is done")
        eventually(lambda: outbox.collection.count_documents({"state": "pending"}) == 0, "every job is marked done")
    finally:
        second.stop()
    assert set(done.values()) == {1}
