"""Putting a job on another date meets those who claim it and those who put it elsewhere, on the real server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from booking_api.clock import now
from booking_api.jobs.facts import Fact
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import MAIL
from booking_api.jobs.schedule import Schedule
from booking_api.storage.client import Transactions

from ..pids import CALM_SECONDS, eventually
from .running import started

FACT = Fact("test.scheduled")
KIND = "test.count"
DUE = now() - timedelta(minutes=1)
LATER = now() + timedelta(days=1)


@pytest.fixture
def outbox(database):
    """An outbox of its own, with one subscriber."""
    made = Outbox(database["outbox"], now)
    made.handle(KIND, lambda job: None, queue=MAIL, fact=FACT)
    return made


@pytest.fixture
def put(database, outbox):
    """Puts the job on a date, in a transaction that has read it before and in which `meanwhile` happens."""
    transactions, schedule = Transactions(database.client, CALM_SECONDS), Schedule(outbox)

    def put(due_at, meanwhile=lambda: None, **options):
        def attempt(unit):
            outbox.collection.find_one({}, session=unit.session)
            meanwhile()
            schedule.put(unit, FACT, "key", {}, due_at, **options)

        transactions.run(attempt)

    return put


def stored(outbox):
    (row,) = outbox.collection.find()
    return row


@pytest.mark.parametrize(("due_at", "or_sooner"), [(LATER, False), (LATER, True), (DUE, True)])
def test_a_job_claimed_in_the_moment_it_is_moved_is_done_again(outbox, put, due_at, or_sooner):
    claimed = []

    def claim():
        if not claimed:
            claimed.extend(outbox.claim([stored(outbox)["_id"]]))

    put(DUE)
    put(due_at, claim, or_sooner=or_sooner)
    assert len(claimed) == 1
    outbox.complete(claimed)
    assert (stored(outbox)["state"], stored(outbox)["due_at"]) == ("pending", due_at)


def test_a_job_done_in_the_moment_it_is_moved_is_owed_again(outbox, put):
    def work():
        outbox.complete(outbox.claim([stored(outbox)["_id"]]) or [{"_id": None, "token": None}])

    put(DUE)
    put(LATER, work)
    assert (stored(outbox)["state"], stored(outbox)["due_at"]) == ("pending", LATER)


def test_many_who_put_a_job_at_once_leave_one(outbox, put):
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(put, LATER, or_sooner=bool(number % 2)) for number in range(40)]:
            done.result()
    row = stored(outbox)
    assert (row["due_at"], row["scheduled"]) == (LATER, 40)


def test_a_running_service_does_a_job_once_it_is_moved_to_now(outbox, put):
    done = []
    outbox.handle(KIND, done.append, queue=MAIL)
    with started(outbox):
        put(LATER)
        put(now())
        eventually(lambda: stored(outbox)["state"] == "done", "the job is done")
    assert len(done) == 1
