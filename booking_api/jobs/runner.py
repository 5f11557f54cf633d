"""Runs jobs: a small thread pool for each lane as the fast path, one sweep as the safety net.

Losing everything in memory loses no job, for the outbox has them all. So a full lane simply declines, and a stopping
worker drops what it has not begun.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice

from prometheus_client import Counter
from pymongo.errors import PyMongoError

from ..observability.metrics import REGISTRY
from .outbox import LEASE_SECONDS, JobId, Outbox, PermanentFailure

log = logging.getLogger(__name__)

THREADS = 4  # of each lane
QUEUE_LENGTH = 10_000
BATCH = 100
PATIENCE_SECONDS = 1  # a lane whose oldest job is here for longer has more than one thread
LINGER_SECONDS = 0.25
SWEEP_SECONDS = 5  # the longest a job of a dead process waits beyond its due time
SWEEP_BATCH = 1000
LEAST_WAIT_SECONDS = 0.05
STOP_SECONDS = 2
ATTEMPTS = Counter("job_attempts", "Jobs that were tried.", ["kind", "outcome"], registry=REGISTRY)


class Lane:
    """Jobs of some kinds that wait in this process, and the thread pool that takes them from there to `run`."""

    def __init__(
        self,
        kinds: frozenset[str],
        run: Callable[[list[JobId]], None],
        stopping: threading.Event,
        sweep: Callable[[], None],
    ):
        self.kinds = kinds
        self.more_due = False  # whether the last sweep had to leave some behind
        self._run = run
        self._stopping = stopping
        self._sweep = sweep
        self._idle = threading.Condition(threading.Lock())  # told when a thread has nothing left to do
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
        # Both say since when: a job has been here, and the oldest job that a thread of the pool has in hand.
        self._queue: dict[JobId, float] = {}
        self._at_work: dict[object, float] = {}

    def offer(self, job_ids: list[JobId]) -> None:
        """Take in jobs, each once; those that there is no place for are left to the sweep."""
        with self._idle:
            fresh = [job_id for job_id in job_ids if job_id not in self._queue]
            self._queue |= dict.fromkeys(fresh[: QUEUE_LENGTH - len(self._queue)], time.monotonic())
            self._call_thread()

    def waiting(self) -> int:
        """How many jobs wait for a thread."""
        return len(self._queue)

    def end(self, seconds: float) -> bool:
        """Take in nothing more; whether no thread is at work after so many seconds at the most."""
        self._executor.shutdown(wait=False)
        with self._idle:
            return self._idle.wait_for(lambda: not self._at_work, seconds)

    def _call_thread(self) -> None:
        # One while it keeps up, so that confirmations do not crowd out requests. Else one more, which calls the next.
        now = time.monotonic()
        oldest = min([*self._at_work.values(), *islice(self._queue.values(), 1)], default=now)
        wanted = THREADS if now - oldest > PATIENCE_SECONDS else 1
        if not self._queue or len(self._at_work) >= wanted or self._stopping.is_set():
            return
        thread = object()
        try:
            self._executor.submit(self._work_off, thread)
        except RuntimeError as error:  # it was stopped, or there are no more threads to be had; the outbox has the jobs
            log.warning("%d jobs wait: %s", len(self._queue), error)
        else:
            self._at_work[thread] = now

    def _work_off(self, thread: object) -> None:
        # What arrives within a moment is worked off together, which costs MongoDB a fraction of one by one.
        self._stopping.wait(LINGER_SECONDS)
        while batch := self._next_batch(thread):
            try:
                self._run(batch)
            except PyMongoError as error:  # the lease will run out, and the sweep will find the jobs again
                log.warning("%d jobs: MongoDB did not answer: %s", len(batch), type(error).__name__)
            except Exception:  # the same, but the fault is ours
                log.exception("%d jobs could not be run.", len(batch))

    def _next_batch(self, thread: object) -> list[JobId]:
        with self._idle:
            batch = [] if self._stopping.is_set() else list(islice(self._queue, BATCH))
            if not batch:  # this thread is off the books in the same moment, so that what is offered next calls another
                self._at_work.pop(thread, None)
                self._idle.notify_all()
                return batch
            self._at_work[thread] = self._queue[batch[0]]
            for job_id in batch:
                del self._queue[job_id]
            self._call_thread()
            if self.more_due and len(self._queue) < SWEEP_BATCH // 2:
                self._sweep()
            return batch


class JobRunner:
    """Claims jobs and runs their handlers. Makes no thread before `start`, which must come after the fork."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox
        self._lanes: list[Lane] = []
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin to run jobs; what other processes left behind is picked up by the sweep."""
        self._lanes = [Lane(kinds, self.run, self._stopping, self._wake.set) for kinds in self._outbox.lanes() if kinds]
        self._outbox.on_recorded = self.submit
        self._outbox.on_scheduled = lambda _due_at: self._wake.set()
        self._sweeper.start()

    def stop(self) -> bool:
        """Drop what has not begun, and wait up to `STOP_SECONDS` for what has; whether all of it has ended.

        Safe to call twice, or before `start`.
        """
        self._stopping.set()
        self._wake.set()
        deadline = time.monotonic() + STOP_SECONDS
        if self._sweeper.is_alive():
            self._sweeper.join(STOP_SECONDS)
        ended = [lane.end(max(0, deadline - time.monotonic())) for lane in self._lanes]
        return all(ended)

    def submit(self, jobs: list[dict]) -> None:
        """Offer jobs to the lanes of their kinds; those that cannot be taken are left to the sweep."""
        for lane in self._lanes:
            lane.offer([job["_id"] for job in jobs if job["kind"] in lane.kinds])

    def waiting(self) -> int:
        """How many jobs wait in this process for a thread."""
        return sum(lane.waiting() for lane in self._lanes)

    def run(self, job_ids: list[JobId]) -> None:
        """Claim jobs and run them here; nothing happens to those that are not to be had."""
        # A slow server must not make a batch outlast its lease: what is not begun in time is given back.
        latest_begin = time.monotonic() + LEASE_SECONDS / 2
        by_kind = defaultdict(list)
        for job in self._outbox.claim(job_ids):
            by_kind[job["kind"]].append(job)
        for kind, jobs in by_kind.items():
            self._work(kind, jobs, latest_begin)

    def _work(self, kind: str, jobs: list[dict], latest_begin: float) -> None:
        begun: list[dict] = []
        failures: dict[JobId, Exception] = {}
        try:
            with self._outbox.handlers[kind](jobs) as handle:
                for job in jobs:
                    if self._stopping.is_set() or time.monotonic() > latest_begin:
                        break
                    begun.append(job)
                    try:
                        handle(job)
                    except Exception as error:  # a job's failure is its own
                        failures[job["_id"]] = error
        except Exception as error:
            if not begun and len(jobs) > 1 and not isinstance(error, PyMongoError):
                for job in jobs:  # one of them spoils what is prepared for all
                    self._work(kind, [job], latest_begin)
                return
            begun, failures = jobs, {job["_id"]: error for job in jobs}
        done = [job for job in begun if job["_id"] not in failures]
        if done:
            self._outbox.complete(done)
            ATTEMPTS.labels(kind, "done").inc(len(done))
        if len(begun) < len(jobs):
            self._outbox.release(jobs[len(begun) :])
        for job in begun:
            if job["_id"] in failures:
                self._settle(job, failures[job["_id"]])

    def _settle(self, job: dict, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, PermanentFailure):
            log.error("Job %s (%s) failed for good: %s", job["_id"], job["kind"], reason)
            ATTEMPTS.labels(job["kind"], "refused").inc()
            self._outbox.fail(job, reason)
        else:
            log.warning("Job %s (%s), attempt %d: %s", job["_id"], job["kind"], job["attempts"], reason)
            ATTEMPTS.labels(job["kind"], "failed").inc()
            self._outbox.postpone(job, reason)

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self.submit([])  # has each lane see whether it needs another thread
            wait = SWEEP_SECONDS
            try:
                next_due = self._offer_what_is_due()
                if next_due is not None:
                    wait = min(wait, max(LEAST_WAIT_SECONDS, (next_due - datetime.now(UTC)).total_seconds()))
            except PyMongoError as error:
                log.warning("The sweep could not read the outbox: %s", type(error).__name__)
            self._wake.wait(wait)

    def _offer_what_is_due(self) -> datetime | None:
        # At rest one small query does for all. Each lane has its own beyond that, or one could hide another's jobs.
        due, next_due = self._outbox.upcoming(1)
        if not due:
            return next_due
        upcoming = []
        for lane in self._lanes:
            due, next_due = self._outbox.upcoming(SWEEP_BATCH, lane.kinds)
            lane.more_due = len(due) == SWEEP_BATCH  # then the lane asks for another sweep once it runs low
            lane.offer(due)
            upcoming.append(next_due)
        return min(filter(None, upcoming), default=None)
