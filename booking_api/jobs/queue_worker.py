"""The part of a queue that is in this process: job ids in memory, and a thread pool that runs them.

All jobs are in the outbox, so none is lost: a full queue accepts no more, and a stopping one drops its jobs.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from .model import JobId
from .queues import Queue

log = logging.getLogger(__name__)

QUEUE_LENGTH = 10_000
BATCH = 100
PATIENCE_SECONDS = 1  # a queue uses more than one thread if its oldest job has been here for longer
LINGER_SECONDS = 0.25


class QueueWorker:
    """Runs the waiting jobs of one queue in order of arrival, in batches of up to `BATCH` unless it is `one_by_one`.

    `run` is called with each batch in a thread of the pool, and must not raise. Whenever a batch has been taken,
    `on_taken` is called with the number of jobs that are still waiting.
    """

    def __init__(
        self,
        queue: Queue,
        kinds: frozenset[str],
        run: Callable[[list[JobId]], None],
        on_taken: Callable[[int], None],
        stopping: threading.Event,
    ):
        self.kinds = kinds
        self._most_threads = queue.threads
        self._one_by_one = queue.one_by_one
        self._run = run
        self._on_taken = on_taken
        self._stopping = stopping
        self._executor = ThreadPoolExecutor(queue.threads, thread_name_prefix=f"jobs-{queue.name}")
        self._idle = threading.Condition(threading.Lock())  # notified when a thread becomes idle
        self._waiting: dict[JobId, float] = {}  # arrival times, oldest first
        self._busy: dict[object, float] = {}  # for each busy thread, the arrival time of the oldest job in its batch

    def offer(self, job_ids: list[JobId]) -> None:
        """Add jobs that are not waiting here yet, as long as there is room; the sweep will find the rest."""
        with self._idle:
            new = [job_id for job_id in job_ids if job_id not in self._waiting]
            self._waiting |= dict.fromkeys(new[: QUEUE_LENGTH - len(self._waiting)], time.monotonic())
            self._add_thread_if_needed()

    def waiting(self) -> int:
        """Return the number of jobs that are waiting for a thread."""
        return len(self._waiting)

    def shut_down(self, seconds: float) -> bool:
        """Accept no more jobs; return True if all threads are idle within this many seconds."""
        self._executor.shutdown(wait=False)
        with self._idle:
            return self._idle.wait_for(lambda: not self._busy, seconds)

    def _add_thread_if_needed(self) -> None:
        # Use one thread while it keeps up, so that jobs do not take CPU time from requests. If it falls behind, each
        # thread that takes a batch adds another.
        now = time.monotonic()
        oldest = min([*self._busy.values(), *islice(self._waiting.values(), 1)], default=now)
        wanted = self._most_threads if self._one_by_one or now - oldest > PATIENCE_SECONDS else 1
        if not self._waiting or len(self._busy) >= wanted or self._stopping.is_set():
            return
        thread = object()
        try:
            self._executor.submit(self._work, thread)
        except RuntimeError as error:  # shut down, or the system has no more threads; the outbox has the jobs
            log.warning("%d jobs have to wait: %s", len(self._waiting), error)
        else:
            self._busy[thread] = now

    def _work(self, thread: object) -> None:
        # Jobs that arrive shortly after one another run as one batch, which costs MongoDB far less than one by one.
        self._stopping.wait(LINGER_SECONDS)
        while batch := self._next_batch(thread):
            self._run(batch)

    def _next_batch(self, thread: object) -> list[JobId]:
        with self._idle:
            most = 1 if self._one_by_one else BATCH
            batch = [] if self._stopping.is_set() else list(islice(self._waiting, most))
            if not batch:  # recorded under the same lock, so that the next offer adds a thread
                self._busy.pop(thread, None)
                self._idle.notify_all()
                return batch
            self._busy[thread] = self._waiting[batch[0]]
            for job_id in batch:
                del self._waiting[job_id]
            self._add_thread_if_needed()
            self._on_taken(len(self._waiting))
            return batch
