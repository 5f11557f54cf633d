"""Slow jobs of one queue never delay those of another: each has its own threads and share of the sweep."""

import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.http.services import services_of
from booking_api.jobs import queue_worker
from booking_api.jobs.administration import OutboxAdministration
from booking_api.jobs.queue_worker import BATCH
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import SWEEP_BATCH, JobRunner
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..builders import book, make_event, sign_up
from ..pids import CALM_SECONDS, eventually
from .running import KIND, PAID, SETTLE, started


@contextmanager
def hanging_runner(counting):
    """Run a runner whose jobs in the queue for mail hang until the end; yield the threads that do."""
    let_go, hanging = threading.Event(), set()

    def hang(_job):
        hanging.add(threading.current_thread())
        let_go.wait(60)

    counting.outbox.handle(KIND, hang, queue=MAIL)
    with started(counting.outbox):
        try:
            yield hanging
        finally:
            let_go.set()


class SlowSender:
    """A mail server that does not answer for as long as the test lasts."""

    notes_each = False
    outcome = "sent"

    def __init__(self):
        self.hanging, self.let_go = set(), threading.Event()

    def session(self):
        """Sends."""
        return nullcontext(self.send)

    def send(self, _message):
        """Hang."""
        self.hanging.add(threading.current_thread())
        self.let_go.wait(60)


@pytest.mark.usefixtures("indexed", "rare_sweeps")
def test_a_hold_ends_in_time_while_the_mail_server_hangs(database, monkeypatch):
    monkeypatch.setattr(queue_worker, "PATIENCE_SECONDS", 0)
    sender = SlowSender()
    app = create_app(replace(SETTINGS, hold_seconds=1), database=database, sender=sender)
    services_of(app)[Stores].ensure_indexes()
    customer, event = sign_up(app, "customer"), make_event(sign_up(app, "organizer"), total_tickets=10_000)
    jobs = services_of(app)[JobRunner]
    jobs.start()
    try:
        eventually(
            lambda: book(customer, event) and len(sender.hanging) == MAIL.threads, "every thread hangs", pause=0.2
        )
        held = customer.post("/bookings", {"event_id": event["id"], "quantity": 1, "hold": True}).json
        stored = {"_id": ObjectId(held["id"]), "status": "expired"}
        eventually(lambda: database["bookings"].find_one(stored), "the hold has ended")
    finally:
        sender.let_go.set()
        jobs.stop()


@pytest.mark.usefixtures("not_by_a_sweep")
def test_what_keeps_the_books_is_done_at_once_while_all_threads_for_mail_hang(database, counting, monkeypatch):
    monkeypatch.setattr(queue_worker, "PATIENCE_SECONDS", 0)
    with hanging_runner(counting) as hanging:
        counting.record((MAIL.threads + 1) * BATCH, database)
        eventually(lambda: len(hanging) == MAIL.threads, "every thread hangs")
        counting.record(1, database, fact=PAID)
        eventually(lambda: counting.settled == [0], "the books are right")


def test_a_sweep_finds_booking_jobs_behind_a_hundred_thousand_others_due_sooner(counting, rare_sweeps):
    counting.leave_due(100_000)
    counting.leave_due(1, SETTLE)
    with hanging_runner(counting):
        eventually(lambda: counting.settled == [0], "the first sweep has found it")


def test_a_sweep_that_finds_more_than_it_takes_returns_in_time_for_booking_jobs(database, counting, rare_sweeps):
    counting.leave_due(2 * SWEEP_BATCH)
    with hanging_runner(counting) as hanging:
        eventually(lambda: hanging, "mail hangs")
        began = time.monotonic()
        counting.record(1, database, fact=PAID, delay=1)
        eventually(lambda: counting.settled == [0], "the books are right", pause=0.005)
        assert time.monotonic() - began > 0.9  # the due time is cut to milliseconds


@pytest.mark.parametrize(
    "ask",
    [
        lambda outbox: outbox.upcoming(10),
        lambda outbox: outbox.upcoming(10, [SETTLE]),
        lambda outbox: outbox.upcoming(10, [KIND]),
        lambda outbox: OutboxAdministration(outbox).oldest_age(),
        lambda outbox: OutboxAdministration(outbox).find("pending", 10),
    ],
    ids=["sweep", "books", "mail", "age", "list"],
)
def test_a_look_at_the_outbox_reads_no_more_than_it_tells(database, counting, ask):
    counting.leave_due(2000)
    counting.leave_due(1, SETTLE)
    database.command("profile", 2)
    ask(counting.outbox)
    database.command("profile", 0)
    looks = list(database["system.profile"].find({"ns": f"{database.name}.outbox"}))
    assert looks
    for look in looks:
        assert look["keysExamined"] + look["docsExamined"] < 50, look
        assert not look.get("hasSortStage"), look


@pytest.mark.usefixtures("not_by_a_sweep")
def test_a_job_that_comes_while_a_thread_is_at_a_long_one_has_another_thread(database, counting, monkeypatch):
    monkeypatch.setattr(queue_worker, "PATIENCE_SECONDS", 0.05)
    let_go, at_work = threading.Event(), threading.Event()

    def count(job):
        if not at_work.is_set():
            at_work.set()
            let_go.wait(60)
        counting.count(job)

    counting.outbox.handle(KIND, count, queue=MAIL)
    with started(counting.outbox):
        counting.record(1, database)
        assert at_work.wait(CALM_SECONDS)
        counting.record(1, database)
        eventually(lambda: counting.done[0] == 1, "the second is done")
        let_go.set()
        eventually(lambda: counting.done[0] == 2, "the first is done")


def test_a_slow_server_gets_every_thread_though_only_some_hundreds_wait(database, counting):
    counting.seconds = 0.1
    with started(counting.outbox):
        counting.record(2 * MAIL.threads * BATCH, database)
        eventually(lambda: counting.most_at_once == MAIL.threads, "every thread is at work")


def test_one_thread_does_what_it_can_keep_up_with(database, counting, monkeypatch):
    monkeypatch.setattr(queue_worker, "PATIENCE_SECONDS", 60)  # however busy this machine is
    threads = set()

    def count(job):
        threads.add(threading.current_thread())
        counting.count(job)

    counting.outbox.handle(KIND, count, queue=MAIL)
    with started(counting.outbox):
        counting.record(2000, database)
        eventually(lambda: counting.states() == {"done": 2000}, "every job is done")
    assert len(threads) == 1
