"""Runs jobs: a bounded thread pool as the fast path, one sweep as the safety net.

Losing everything in memory loses no job, for the outbox has them all. So a full pool simply declines, and a stopping
worker drops what it has not begun.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from bson import ObjectId
from pymongo.errors import PyMongoError

from .outbox import Outbox, PermanentFailure

log = logging.getLogger(__name__)

THREADS = 4
QUEUE_LENGTH = 1000
SWEEP_SECONDS = 5  # the longest a job of a dead process waits beyond its due time
SWEEP_BATCH = 100
STOP_SECONDS = 2


class JobRunner:
    """Claims jobs and runs their handlers. Makes no thread before `start`, which must come after the fork."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox
        self._places = threading.BoundedSemaphore(QUEUE_LENGTH)
        self._queued: set[ObjectId | str] = set()
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

    def stop(self) -> None:
        """Drop what has not begun and leave within about `STOP_SECONDS`; safe to call twice, or before `start`."""
        self._stopping.set()
        self._wake.set()
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._sweeper.join(STOP_SECONDS)

    def submit(self, job_ids: list[ObjectId | str]) -> None:
        """Offer jobs to the pool; those it has no place for are left to the sweep."""
        for job_id in job_ids:
            if self._stopping.is_set() or job_id in self._queued or not self._places.acquire(blocking=False):
                continue
            self._queued.add(job_id)
            try:
                future = self._executor.submit(self.run, job_id)
            except RuntimeError:  # the pool was shut down in between
                self._release(job_id)
                return
            future.add_done_callback(lambda _future, job_id=job_id: self._release(job_id))

    def _release(self, job_id: ObjectId | str) -> None:
        self._queued.discard(job_id)
        self._places.release()

    def run(self, job_id: ObjectId | str) -> None:
        """Claim one job and run it here; nothing happens if it is not to be had."""
        try:
            job = self._outbox.claim(job_id)
            if job is not None:
                self._work(job)
        except PyMongoError as error:  # the lease will run out, and the sweep will find the job again
            log.warning("Job %s: MongoDB did not answer: %s", job_id, type(error).__name__)

    def _work(self, job: dict) -> None:
        try:
            self._outbox.handlers[job["kind"]](job)
        except PermanentFailure as error:
            log.error("Job %s (%s) failed for good: %s", job["_id"], job["kind"], error)
            self._outbox.fail(job, str(error))
        except Exception as error:  # a handler's failure is that job's alone
            log.warning("Job %s (%s), attempt %d: %s", job["_id"], job["kind"], job["attempts"], error, exc_info=True)
            self._outbox.postpone(job, f"{type(error).__name__}: {error}")
        else:
            self._outbox.complete(job)

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            wait = SWEEP_SECONDS
            try:
                due = self._outbox.due(SWEEP_BATCH)
                self.submit(due)
                if not due:
                    wait = self._seconds_to_next()
                elif len(due) == SWEEP_BATCH:
                    wait = 0.2  # a backlog: come again as soon as the pool has worked some of it off
            except PyMongoError as error:
                log.warning("The sweep could not read the outbox: %s", type(error).__name__)
            self._wake.wait(wait)

    def _seconds_to_next(self) -> float:
        next_due = self._outbox.next_due()
        if next_due is None:
            return SWEEP_SECONDS
        return min(SWEEP_SECONDS, max(0.05, (next_due - datetime.now(UTC)).total_seconds()))
