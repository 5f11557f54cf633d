"""The runner on the real server: each job once, none lost, and a poison job fails alone."""

import threading
import time
from contextlib import nullcontext

import pytest

from booking_api.clock import now
from booking_api.jobs import runner as running
from booking_api.jobs.outbox import Outbox, PermanentFailure
from booking_api.jobs.runner import BATCH, QUEUE_LENGTH, SWEEP_SECONDS, JobRunner, Lane

from ..pids import eventually
from .kitchen import FACT, KIND, Kitchen, started

POISON = 7


@pytest.fixture
def kitchen(database):
    """One process's outbox."""
    made = Kitchen(database)
    made.outbox.collection.create_indexes(Outbox.INDEXES)
    return made


def test_two_runners_do_each_job_once_and_never_one_at_the_same_time(database, kitchen):
    twin = Kitchen(database)
    twin.boil = kitchen.boil
    twin.outbox.handle(KIND, kitchen.boil, fact=FACT)
    kitchen.seconds = 0.001
    ids = kitchen.leave_behind(1500)
    with started(kitchen.outbox, twin.outbox) as runners:
        for runner in runners:
            runner.submit([{"_id": job_id, "kind": KIND} for job_id in ids])
            threading.Thread(target=runner.run, args=[ids[:300]]).start()
        eventually(lambda: kitchen.states() == {"done": 1500}, "every job is done")
    assert kitchen.twice_at_once == []
    assert kitchen.done == dict.fromkeys(range(1500), 1)


def test_a_poison_job_fails_alone(kitchen):
    def boil(job):
        if job["payload"]["number"] == POISON:
            raise PermanentFailure("It is a stone.")
        kitchen.boil(job)

    kitchen.outbox.handle(KIND, boil)
    kitchen.leave_behind(BATCH)
    with started(kitchen.outbox):
        eventually(lambda: kitchen.states() == {"done": BATCH - 1, "failed": 1}, "all but one are done")
    assert kitchen.outbox.collection.find_one({"state": "failed"})["payload"] == {"number": POISON}


def test_a_job_that_raises_is_put_off_and_the_others_are_done(kitchen):
    def boil(job):
        if job["payload"]["number"] == POISON:
            raise ZeroDivisionError("No water.")
        kitchen.boil(job)

    kitchen.outbox.handle(KIND, boil)
    JobRunner(kitchen.outbox).run(kitchen.leave_behind(BATCH))
    assert kitchen.states() == {"done": BATCH - 1, "pending": 1}
    left = kitchen.outbox.collection.find_one({"state": "pending"})
    assert (left["payload"], left["attempts"]) == ({"number": POISON}, 1)
    assert left["last_error"] == "ZeroDivisionError: No water."


def test_a_job_that_spoils_the_preparation_of_its_batch_fails_alone(kitchen):
    def prepare(jobs):
        if any(job["payload"]["number"] == POISON for job in jobs):
            raise KeyError("egg_id")
        return nullcontext(kitchen.boil)

    kitchen.outbox.handle_batches(KIND, prepare)
    JobRunner(kitchen.outbox).run(kitchen.leave_behind(20))
    assert kitchen.states() == {"done": 19, "pending": 1}
    assert kitchen.outbox.collection.find_one({"state": "pending"})["payload"] == {"number": POISON}


def test_ten_thousand_jobs_are_dropped_in_two_seconds_and_run_after_the_next_start(database, kitchen):
    kitchen.seconds = 0.01
    first = JobRunner(kitchen.outbox)
    first.start()
    kitchen.owe(QUEUE_LENGTH, database)
    eventually(lambda: len(kitchen.done) > BATCH, "the runner is at work")
    began = time.monotonic()
    assert first.stop()
    assert time.monotonic() - began < 2
    assert kitchen.states()["pending"] > QUEUE_LENGTH // 2
    kitchen.seconds = 0
    with started(kitchen.outbox):
        eventually(lambda: kitchen.states() == {"done": QUEUE_LENGTH}, "every job is done", seconds=40)
    assert kitchen.done == dict.fromkeys(range(QUEUE_LENGTH), 1)


def test_a_job_that_comes_as_the_last_thread_ends_is_not_left_to_the_sweep(database, kitchen, monkeypatch):
    next_batch, late = Lane._next_batch, [2, 1]

    def found(lane, thread):
        batch = next_batch(lane, thread)
        if not batch and late:
            kitchen.owe(late.pop(), database)
        return batch

    monkeypatch.setattr(Lane, "_next_batch", found)
    with started(kitchen.outbox):
        kitchen.owe(1, database)
        eventually(lambda: kitchen.done == {0: 3, 1: 1}, "each is done", seconds=SWEEP_SECONDS / 2)


def test_a_runner_goes_on_after_a_fault_of_its_own(database, kitchen, monkeypatch):
    claim, faults = Outbox.claim, [KeyError("token")]

    def fail_once(self, job_ids):
        if faults:
            raise faults.pop()
        return claim(self, job_ids)

    monkeypatch.setattr(Outbox, "claim", fail_once)
    with started(kitchen.outbox):
        kitchen.owe(1, database)
        eventually(lambda: not faults, "the fault has struck")
        kitchen.owe(1, database)
        eventually(lambda: kitchen.done[0] == 1, "the next is done", seconds=SWEEP_SECONDS / 2)


def test_a_runner_stops_in_two_seconds_though_a_job_hangs_and_says_so(kitchen):
    hanging, released = threading.Event(), threading.Event()

    def hang(_job):
        hanging.set()
        released.wait(30)

    kitchen.outbox.handle(KIND, hang)
    kitchen.leave_behind(1)
    runner = JobRunner(kitchen.outbox)
    runner.start()
    assert hanging.wait(10)
    began = time.monotonic()
    assert not runner.stop()
    assert time.monotonic() - began < 3
    released.set()
    eventually(runner.stop, "the job has ended")


def test_a_job_slower_than_half_a_lease_has_the_rest_of_its_batch_given_back(kitchen, monkeypatch):
    monkeypatch.setattr(running, "LEASE_SECONDS", 0.2)
    kitchen.seconds = 0.15
    ids = kitchen.leave_behind(10)
    JobRunner(kitchen.outbox).run(ids)
    assert kitchen.states() == {"done": 1, "pending": 9}
    rest = list(kitchen.outbox.collection.find({"state": "pending"}))
    assert {row["attempts"] for row in rest} == {0}
    assert max(row["due_at"] for row in rest) <= now()
    assert len(kitchen.outbox.claim(ids)) == 9


def test_a_batch_of_several_kinds_has_one_lease_for_all_of_them(kitchen, monkeypatch):
    monkeypatch.setattr(running, "LEASE_SECONDS", 0.2)
    kitchen.seconds = 0.15
    kinds = [KIND, "breakfast.fry", "breakfast.poach"]
    for kind in kinds:
        kitchen.outbox.handle(kind, kitchen.boil)
    JobRunner(kitchen.outbox).run([job_id for kind in kinds for job_id in kitchen.leave_behind(1, kind)])
    assert kitchen.states() == {"done": 1, "pending": 2}
    assert {row["attempts"] for row in kitchen.outbox.collection.find({"state": "pending"})} == {0}
