"""The runner claims and runs jobs: newly recorded ones at once, others when its sweep finds them due."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import Counter
from pymongo.errors import PyMongoError

from ..observability.metrics import REGISTRY
from .model import Job, JobId
from .outbox import LEASE_SECONDS, Outbox, PermanentFailure
from .queue_worker import QueueWorker
from .queues import Queue

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5  # how late the job of a dead process is found at most
SWEEP_BATCH = 1000  # jobs of each queue
LEAST_WAIT_SECONDS = 0.05
STOP_SECONDS = 2
ATTEMPTS = Counter("job_attempts", "Jobs that were tried.", ["kind", "outcome"], registry=REGISTRY)


class JobRunner:
    """Runs the jobs of an outbox. Starts no thread before `start`, which must be called after the fork."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox
        self._workers: dict[Queue, QueueWorker] = {}
        self._more_due: set[Queue] = set()  # queues with more due jobs than the last sweep took
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)

    def start(self) -> None:
        """Start running jobs, including those that other processes left over."""
        for queue, kinds in self._outbox.queues().items():
            self._workers[queue] = QueueWorker(queue, kinds, self._run_or_log, self._when_taken(queue), self._stopping)
        self._outbox.on_recorded = self.submit
        self._outbox.on_scheduled = lambda _due_at: self._wake.set()
        self._sweeper.start()

    def stop(self) -> bool:
        """Drop jobs that have not begun, and wait up to `STOP_SECONDS` for the others; return True if all have ended.

        May be called twice, or before `start`.
        """
        self._stopping.set()
        self._wake.set()
        deadline = time.monotonic() + STOP_SECONDS
        if self._sweeper.is_alive():
            self._sweeper.join(STOP_SECONDS)
        ended = [worker.shut_down(max(0, deadline - time.monotonic())) for worker in self._workers.values()]
        return all(ended)

    def is_stopping(self) -> bool:
        """Return whether `stop` was called: a job that does many things one after the other should end."""
        return self._stopping.is_set()

    def submit(self, jobs: list[Job]) -> None:
        """Offer jobs to the queues of their kinds; the sweep will find those for which there is no room."""
        for worker in self._workers.values():
            worker.offer([job["_id"] for job in jobs if job["kind"] in worker.kinds])

    def waiting(self) -> int:
        """Return the number of jobs that are waiting for a thread in this process."""
        return sum(worker.waiting() for worker in self._workers.values())

    def run(self, job_ids: list[JobId]) -> None:
        """Claim jobs and run them in this thread; skip those that are not available."""
        # With a slow server a batch could outlast its lease, so jobs that cannot begin in time are released.
        latest_begin = time.monotonic() + LEASE_SECONDS / 2
        by_kind = defaultdict(list)
        for job in self._outbox.claim(job_ids):
            by_kind[job["kind"]].append(job)
        for kind, jobs in by_kind.items():
            self._run_kind(kind, jobs, latest_begin)

    def _run_or_log(self, job_ids: list[JobId]) -> None:
        # If this fails, the leases of the jobs run out and the sweep finds them again.
        try:
            self.run(job_ids)
        except PyMongoError as error:
            log.warning("%d jobs: MongoDB did not answer: %s", len(job_ids), type(error).__name__)
        except Exception:
            log.exception("%d jobs could not be run.", len(job_ids))

    def _run_kind(self, kind: str, jobs: list[Job], latest_begin: float) -> None:
        begun: list[Job] = []
        failures: dict[JobId, Exception] = {}
        try:
            with self._outbox.kinds[kind].handler(jobs) as handle:
                for job in jobs:
                    if self._stopping.is_set() or time.monotonic() > latest_begin:
                        break
                    begun.append(job)
                    try:
                        handle(job)
                    except Exception as error:  # one job's failure does not stop the others
                        failures[job["_id"]] = error
        except Exception as error:
            if not begun and len(jobs) > 1 and not isinstance(error, PyMongoError):
                for job in jobs:  # one job cannot be prepared: try each by itself
                    self._run_kind(kind, [job], latest_begin)
                return
            begun, failures = jobs, {job["_id"]: error for job in jobs}
        self._close(kind, jobs, begun, failures)

    def _close(self, kind: str, jobs: list[Job], begun: list[Job], failures: dict[JobId, Exception]) -> None:
        done = [job for job in begun if job["_id"] not in failures]
        if done:
            self._outbox.complete(done)
            ATTEMPTS.labels(kind, "done").inc(len(done))
        if len(begun) < len(jobs):
            self._outbox.release(jobs[len(begun) :])
        for job in begun:
            if job["_id"] in failures:
                self._close_failed(job, failures[job["_id"]])

    def _close_failed(self, job: Job, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, PermanentFailure):
            log.error("Job %s (%s) failed for good: %s", job["_id"], job["kind"], reason)
            ATTEMPTS.labels(job["kind"], "refused").inc()
            self._outbox.fail(job, reason)
        else:
            log.warning("Job %s (%s), attempt %d: %s", job["_id"], job["kind"], job["attempts"], reason)
            ATTEMPTS.labels(job["kind"], "failed").inc()
            self._outbox.postpone(job, reason)

    def _when_taken(self, queue: Queue) -> Callable[[int], None]:
        def sweep_again_if_low(waiting: int) -> None:
            if queue in self._more_due and waiting < SWEEP_BATCH // 2:
                self._wake.set()

        return sweep_again_if_low

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self.submit([])  # so that each queue checks whether it needs another thread
            wait: float = SWEEP_SECONDS
            try:
                next_due = self._offer_due_jobs()
                if next_due is not None:
                    wait = min(wait, max(LEAST_WAIT_SECONDS, (next_due - datetime.now(UTC)).total_seconds()))
            except PyMongoError as error:
                log.warning("The sweep could not read the outbox: %s", type(error).__name__)
            self._wake.wait(wait)

    def _offer_due_jobs(self) -> datetime | None:
        """Offer due jobs to their queues; return when the next one falls due, if that is known."""
        # If no job is due, one small query is enough. Otherwise each queue has its own, so that none hides another's.
        due, next_due = self._outbox.upcoming(1)
        if not due:
            return next_due
        upcoming = []
        for queue, worker in self._workers.items():
            due, next_due = self._outbox.upcoming(SWEEP_BATCH, worker.kinds)
            if len(due) == SWEEP_BATCH:
                self._more_due.add(queue)
            else:
                self._more_due.discard(queue)
            worker.offer(due)
            upcoming.append(next_due)
        return min(filter(None, upcoming), default=None)
