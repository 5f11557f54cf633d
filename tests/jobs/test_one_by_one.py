"""Queues for jobs that wait for somebody else: none waits for another while there are threads left."""

import threading

import pytest

from booking_api.clock import now
from booking_api.jobs.facts import Fact
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import Queue
from booking_api.storage.client import Transactions

from ..pids import CALM_SECONDS, eventually
from .running import started

FACT, KIND = Fact("test.waiting"), "test.wait"
THREADS = 4


@pytest.fixture
def hanging(database):
    """Jobs of which the first `THREADS - 1` hang as long as the test lasts; the numbers of those that were done."""
    let_go, done = threading.Event(), []
    outbox = Outbox(database["outbox"], now)

    def handle(job):
        number = job["payload"]["number"]
        if number < THREADS - 1:
            let_go.wait(60)
        done.append(number)

    outbox.handle(KIND, handle, queue=Queue("waiting", threads=THREADS, one_by_one=True), fact=FACT)
    with started(outbox):
        yield outbox, done
        let_go.set()


def test_a_job_is_done_at_once_while_those_before_it_hang(database, rare_sweeps, hanging):
    outbox, done = hanging
    payloads = [{"number": number} for number in range(10)]
    Transactions(database.client, CALM_SECONDS).run(lambda unit: outbox.record(unit, FACT, payloads))
    eventually(lambda: sorted(done) == list(range(THREADS - 1, 10)), "all others are done")


def test_each_thread_claims_only_what_it_does_at_once(database, hanging):
    outbox, _done = hanging
    payloads = [{"number": number} for number in range(THREADS - 1)]
    Transactions(database.client, CALM_SECONDS).run(lambda unit: outbox.record(unit, FACT, payloads))
    claimed = {"token": {"$ne": None}, "state": "pending"}
    eventually(lambda: outbox.collection.count_documents(claimed) == THREADS - 1, "all of them hang")
    assert len({row["token"] for row in outbox.collection.find(claimed)}) == THREADS - 1
