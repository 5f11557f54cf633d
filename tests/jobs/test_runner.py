"""The runner on the real server: each job once, none lost, and a poison job fails alone."""

import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from booking_api.clock import now
from booking_api.jobs import runner as runner_module
from booking_api.jobs.outbox import Outbox, PermanentFailure
from booking_api.jobs.queue_worker import BATCH, QUEUE_LENGTH, QueueWorker
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import JobRunner

from ..pids import CALM_SECONDS, eventually
from .running import FACT, KIND, CountingJobs, started

POISON = 7


def test_two_runners_do_each_job_once_and_never_one_at_the_same_time(database, counting):
    other = CountingJobs(database)
    other.count = counting.count
    other.outbox.handle(KIND, counting.count, queue=MAIL, fact=FACT)
    counting.seconds = 0.001
    ids = counting.leave_due(1500)
    with started(counting.outbox, other.outbox) as runners:
        for runner in runners:
            runner.submit([{"_id": job_id, "kind": KIND} for job_id in ids])
            threading.Thread(target=runner.run, args=[ids[:300]]).start()
        eventually(lambda: counting.states() == {"done": 1500}, "every job is done")
    assert counting.twice_at_once == []
    assert counting.done == dict.fromkeys(range(1500), 1)


def test_a_poison_job_fails_alone(counting):
    def count(job):
        if job["payload"]["number"] == POISON:
            raise PermanentFailure("There is no such address.")
        counting.count(job)

    counting.outbox.handle(KIND, count, queue=MAIL)
    counting.leave_due(BATCH)
    with started(counting.outbox):
        eventually(lambda: counting.states() == {"done": BATCH - 1, "failed": 1}, "all but one are done")
    assert counting.outbox.collection.find_one({"state": "failed"})["payload"] == {"number": POISON}


def test_a_job_that_raises_is_put_off_and_the_others_are_done(counting):
    def count(job):
        if job["payload"]["number"] == POISON:
            raise ZeroDivisionError("No answer.")
        counting.count(job)

    counting.outbox.handle(KIND, count, queue=MAIL)
    JobRunner(counting.outbox).run(counting.leave_due(BATCH))
    assert counting.states() == {"done": BATCH - 1, "pending": 1}
    left = counting.outbox.collection.find_one({"state": "pending"})
    assert (left["payload"], left["attempts"]) == ({"number": POISON}, 1)
    assert left["last_error"] == "ZeroDivisionError: No answer."


def test_a_job_that_spoils_the_preparation_of_its_batch_fails_alone(counting):
    def prepare(jobs):
        if any(job["payload"]["number"] == POISON for job in jobs):
            raise KeyError("number")
        return nullcontext(counting.count)

    counting.outbox.handle_batches(KIND, prepare, queue=MAIL)
    JobRunner(counting.outbox).run(counting.leave_due(20))
    assert counting.states() == {"done": 19, "pending": 1}
    assert counting.outbox.collection.find_one({"state": "pending"})["payload"] == {"number": POISON}


def test_ten_thousand_jobs_are_dropped_at_once_and_run_after_the_next_start(database, counting):
    counting.seconds = 0.01
    first = JobRunner(counting.outbox)
    first.start()
    counting.record(QUEUE_LENGTH, database)
    eventually(lambda: len(counting.done) > BATCH, "the runner is at work")
    began = time.monotonic()
    assert eventually(first.stop, "what was begun has ended")
    assert time.monotonic() - began < 20  # all of them would take longer
    assert counting.states()["pending"] > QUEUE_LENGTH // 2
    counting.seconds = 0
    with started(counting.outbox):
        eventually(lambda: counting.states() == {"done": QUEUE_LENGTH}, "every job is done")
    assert counting.done == dict.fromkeys(range(QUEUE_LENGTH), 1)


@pytest.mark.usefixtures("not_by_a_sweep")
def test_a_job_that_comes_as_the_last_thread_ends_is_not_left_to_the_sweep(database, counting, monkeypatch):
    next_batch, late = QueueWorker._next_batch, [2, 1]

    def found(lane, thread):
        batch = next_batch(lane, thread)
        if not batch and late:
            counting.record(late.pop(), database)
        return batch

    monkeypatch.setattr(QueueWorker, "_next_batch", found)
    with started(counting.outbox):
        counting.record(1, database)
        eventually(lambda: counting.done == {0: 3, 1: 1}, "each is done")


@pytest.mark.usefixtures("not_by_a_sweep")
def test_a_runner_goes_on_after_a_fault_of_its_own(database, counting, monkeypatch):
    claim, faults = Outbox.claim, [KeyError("token")]

    def fail_once(self, job_ids):
        if faults:
            raise faults.pop()
        return claim(self, job_ids)

    monkeypatch.setattr(Outbox, "claim", fail_once)
    with started(counting.outbox):
        counting.record(1, database)
        eventually(lambda: not faults, "the fault has struck")
        counting.record(1, database)
        eventually(lambda: counting.done[0] == 1, "the next is done")


def test_a_runner_stops_in_time_though_a_job_hangs_and_says_so(counting):
    hanging, released = threading.Event(), threading.Event()

    def hang(_job):
        hanging.set()
        released.wait(CALM_SECONDS)

    counting.outbox.handle(KIND, hang, queue=MAIL)
    counting.leave_due(1)
    runner = JobRunner(counting.outbox)
    runner.start()
    assert hanging.wait(CALM_SECONDS)
    began = time.monotonic()
    assert not runner.stop()
    assert time.monotonic() - began < 30
    released.set()
    eventually(runner.stop, "the job has ended")


@pytest.fixture
def slow_jobs(counting, monkeypatch):
    """Jobs that take more than half a lease each, by a clock of the runner that nothing else moves."""
    passed = [0.0]

    def count(job):
        passed[0] += 0.6 * runner_module.LEASE_SECONDS
        counting.count(job)

    monkeypatch.setattr(runner_module, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    return count


def test_a_job_slower_than_half_a_lease_has_the_rest_of_its_batch_given_back(counting, slow_jobs):
    counting.outbox.handle(KIND, slow_jobs, queue=MAIL)
    ids = counting.leave_due(10)
    JobRunner(counting.outbox).run(ids)
    assert counting.states() == {"done": 1, "pending": 9}
    rest = list(counting.outbox.collection.find({"state": "pending"}))
    assert {row["attempts"] for row in rest} == {0}
    assert max(row["due_at"] for row in rest) <= now()
    assert len(counting.outbox.claim(ids)) == 9


def test_a_batch_of_several_kinds_has_one_lease_for_all_of_them(counting, slow_jobs):
    kinds = [KIND, "test.second", "test.third"]
    for kind in kinds:
        counting.outbox.handle(kind, slow_jobs, queue=MAIL)
    JobRunner(counting.outbox).run([job_id for kind in kinds for job_id in counting.leave_due(1, kind)])
    assert counting.states() == {"done": 1, "pending": 2}
    assert {row["attempts"] for row in counting.outbox.collection.find({"state": "pending"})} == {0}
