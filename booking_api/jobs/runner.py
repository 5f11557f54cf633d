"""Runs jobs: a bounded thread pool as the fast path, one sweep as the safety net.

Losing everything in memory loses no job, for the outbox has them all. So a full pool simply declines, and a stopping
worker drops what it has not begun.
"""

import logging
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice

from prometheus_client import Counter
from pymongo.errors import PyMongoError

from ..metrics import REGISTRY
from .outbox import LEASE_SECONDS, JobId, Outbox, PermanentFailure

log = logging.getLogger(__name__)

THREADS = 4
QUEUE_LENGTH = 10_000
BATCH = 100
BACKLOG = 500  # jobs that wait for each thread of the pool before another one starts
LINGER_SECONDS = 0.25
SWEEP_SECONDS = 5  # the longest a job of a dead process waits beyond its due time
SWEEP_BATCH = 1000
LEAST_WAIT_SECONDS = 0.05
STOP_SECONDS = 2
ATTEMPTS = Counter("job_attempts", "Jobs that were tried.", ["kind", "outcome"], registry=REGISTRY)


class JobRunner:
    """Claims jobs and runs their handlers. Makes no thread before `start`, which must come after the fork."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox
        self._idle = threading.Condition(threading.Lock())  # told when a thread of the pool has nothing left to do
        self._queue: dict[JobId, None] = {}  # in order, each once
        self._drains = 0  # how many threads of the pool are at work
        self._more_due = False
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._executor: ThreadPoolExecutor | None = None
        self._sweeper: threading.Thread | None = None

    def start(self) -> None:
        """Begin to run jobs; what other processes left behind is picked up by the sweep."""
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self._outbox.on_recorded = self.submit
        self._outbox.on_scheduled = lambda _due_at: self._wake.set()
        self._sweeper.start()

    def stop(self) -> bool:
        """Drop what has not begun, and wait up to `STOP_SECONDS` for what has; whether all of it has ended.

        Safe to call twice, or before `start`.
        """
        self._stopping.set()
        self._wake.set()
        if self._executor is None:
            return True
        self._executor.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + STOP_SECONDS
        self._sweeper.join(STOP_SECONDS)
        with self._idle:
            return self._idle.wait_for(lambda: not self._drains, max(0, deadline - time.monotonic()))

    def submit(self, job_ids: list[JobId]) -> None:
        """Offer jobs to the pool; those it has no place for are left to the sweep."""
        with self._idle:
            fresh = [job_id for job_id in job_ids if job_id not in self._queue]
            self._queue |= dict.fromkeys(fresh[: QUEUE_LENGTH - len(self._queue)])
            # One thread while it keeps up, so that confirmations do not crowd out requests; more behind a slow server.
            wanted = min(THREADS, -(-len(self._queue) // BACKLOG))
            while self._drains < wanted and not self._stopping.is_set():
                try:
                    self._executor.submit(self._drain)
                except RuntimeError:  # the pool was shut down in between; the outbox has the jobs
                    return
                self._drains += 1

    def waiting(self) -> int:
        """How many jobs wait in this process for a thread."""
        return len(self._queue)

    def run(self, job_ids: list[JobId]) -> None:
        """Claim jobs and run them here; nothing happens to those that are not to be had."""
        by_kind = defaultdict(list)
        for job in self._outbox.claim(job_ids):
            by_kind[job["kind"]].append(job)
        for kind, jobs in by_kind.items():
            self._work(kind, jobs)

    def _drain(self) -> None:
        # What arrives within a moment is worked off together, which costs MongoDB a fraction of one by one.
        self._stopping.wait(LINGER_SECONDS)
        while batch := self._next_batch():
            try:
                self.run(batch)
            except PyMongoError as error:  # the lease will run out, and the sweep will find the jobs again
                log.warning("%d jobs: MongoDB did not answer: %s", len(batch), type(error).__name__)
            except Exception:  # the same, but the fault is ours
                log.exception("%d jobs could not be run.", len(batch))

    def _next_batch(self) -> list[JobId]:
        with self._idle:
            batch = [] if self._stopping.is_set() else list(islice(self._queue, BATCH))
            if not batch:  # the thread is off the books in the same moment, so that what comes next has another
                self._drains -= 1
                self._idle.notify_all()
            for job_id in batch:
                del self._queue[job_id]
            if self._more_due and len(self._queue) < SWEEP_BATCH // 2:
                self._wake.set()
            return batch

    def _work(self, kind: str, jobs: list[dict]) -> None:
        # A slow server must not make a batch outlast its lease: what is not begun in time is given back.
        latest_begin = time.monotonic() + LEASE_SECONDS / 2
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
                    self._work(kind, [job])
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
            wait = SWEEP_SECONDS
            try:
                due, next_due = self._outbox.upcoming(SWEEP_BATCH)
                self._more_due = len(due) == SWEEP_BATCH  # then a drained queue wakes this thread
                self.submit(due)
                if next_due is not None:
                    wait = min(wait, max(LEAST_WAIT_SECONDS, (next_due - datetime.now(UTC)).total_seconds()))
            except PyMongoError as error:
                log.warning("The sweep could not read the outbox: %s", type(error).__name__)
            self._wake.wait(wait)
