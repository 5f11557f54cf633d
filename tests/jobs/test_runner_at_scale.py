"""What the runner costs at rest and under a backlog, and how soon it is at work."""

import threading
import time
from datetime import timedelta
from itertools import pairwise

import pymongo
import pytest
from pymongo.monitoring import CommandListener

from booking_api.clock import now
from booking_api.jobs import runner as runner_module
from booking_api.jobs.queue_worker import QUEUE_LENGTH
from booking_api.jobs.queues import MAIL

from ..pids import CALM_SECONDS, eventually
from .running import KIND, SETTLE, CountingJobs, started


@pytest.mark.usefixtures("not_by_a_sweep")
def test_a_backlog_behind_slow_jobs_is_done_by_several_threads_at_once(database, counting):
    counting.seconds = 0.003
    with started(counting.outbox):
        counting.record(2000, database)
        eventually(lambda: counting.most_at_once == MAIL.threads, "every thread is at work")


class Counting(CommandListener):
    """Notes commands: their names, and when they were sent."""

    def __init__(self):
        self.sent = []

    def started(self, event):
        """Note it."""
        self.sent.append((event.command_name, time.monotonic()))

    def succeeded(self, _event):
        """Nothing."""

    def failed(self, _event):
        """Nothing."""


def is_at_rest(sent):
    """Whether the last four of these commands were one question in each sweep of a second."""
    last = sent[-4:]
    pauses = [later - before for (_, before), (_, later) in pairwise(last)]
    return len(pauses) == 3 and min(pauses) > 0.9 and {name for name, _ in last} == {"find"}


def test_at_rest_a_runner_asks_once_in_a_sweep(mongod, database, counting, monkeypatch):
    monkeypatch.setattr(runner_module, "SWEEP_SECONDS", 1)
    far = now() + timedelta(days=20_000)
    (waiting,) = counting.leave_due(1)
    counting.outbox.collection.update_one({"_id": waiting}, {"$set": {"due_at": far}})
    counting.leave_due(1)
    counting.leave_due(1, SETTLE)
    listener = Counting()
    with pymongo.MongoClient(
        mongod, tz_aware=True, event_listeners=[listener], timeoutMS=1000 * CALM_SECONDS
    ) as client:
        counted = CountingJobs(client[database.name])
        with started(counted.outbox):
            eventually(lambda: counted.states().get("done") == 2, "what was due is done")
            eventually(lambda: is_at_rest(listener.sent), "it is at rest")


def test_a_hundred_thousand_waiting_jobs_do_not_fill_the_memory(counting):
    let_go, at_work = threading.Event(), threading.Event()

    def wait(_job):
        at_work.set()
        let_go.wait(CALM_SECONDS)

    counting.outbox.handle(KIND, wait, queue=MAIL)
    jobs = [{"_id": job_id, "kind": KIND} for job_id in counting.leave_due(100_000)]
    before = threading.active_count()
    with started(counting.outbox) as (runner,):
        runner.submit(jobs)
        assert at_work.wait(CALM_SECONDS)
        for _ in range(3):
            runner.submit(jobs[::-1])
            assert runner.waiting() <= QUEUE_LENGTH
        assert threading.active_count() < before + 20
        let_go.set()


def test_a_backlog_is_not_worked_off_at_the_pace_of_the_sweep(counting, rare_sweeps):
    counting.leave_due(4000)
    with started(counting.outbox):
        eventually(lambda: counting.states() == {"done": 4000}, "every job is done")
    assert counting.done == dict.fromkeys(range(4000), 1)


@pytest.mark.usefixtures("not_by_a_sweep")
def test_what_is_recorded_does_not_wait_for_a_sweep(database, counting):
    with started(counting.outbox):
        for count in (1, 2, 3):
            counting.record(1, database)
            eventually(lambda count=count: counting.done[0] == count, "the job is done", pause=0.005)


def test_a_job_due_soon_is_not_kept_waiting_for_the_next_sweep(database, counting, rare_sweeps):
    with started(counting.outbox):
        began = time.monotonic()
        counting.record(1, database, delay=0.5)
        eventually(lambda: counting.done[0], "the job is done", pause=0.005)
        assert time.monotonic() - began > 0.4
