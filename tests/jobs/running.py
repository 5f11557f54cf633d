"""Jobs for tests of the runner, which count how often each was done and how many ran at once."""

import threading
import time
from collections import Counter
from contextlib import contextmanager

from booking_api.clock import now
from booking_api.jobs.facts import Fact
from booking_api.jobs.model import new_row
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import BOOKS, MAIL
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import Transactions

from ..pids import CALM_SECONDS, eventually

FACT, KIND = Fact("test.happened"), "test.count"
PAID, SETTLE = Fact("test.paid"), "test.settle"


class CountingJobs:
    """An outbox with two kinds of jobs: `KIND` in the queue for mail, which are counted, and `SETTLE` for the books."""

    def __init__(self, database, seconds=0.0):
        self.outbox = Outbox(database["outbox"], now)
        self.outbox.handle(KIND, self.count, queue=MAIL, fact=FACT)
        self.outbox.handle(SETTLE, self.settle, queue=BOOKS, fact=PAID, retry_forever=True)
        self.done: Counter = Counter()
        self.settled: list[int] = []
        self.twice_at_once: list[int] = []
        self.most_at_once = 0
        self.seconds = seconds
        self._mutex = threading.Lock()
        self._running: set[int] = set()

    def count(self, job):
        """Do a job of `KIND`, which takes `seconds`."""
        number = job["payload"]["number"]
        with self._mutex:
            if number in self._running:
                self.twice_at_once.append(number)
            self._running.add(number)
            self.most_at_once = max(self.most_at_once, len(self._running))
        time.sleep(self.seconds)
        with self._mutex:
            self._running.discard(number)
            self.done[number] += 1

    def settle(self, job):
        """Do a job of `SETTLE`."""
        self.settled.append(job["payload"]["number"])

    def record(self, count, database, *, fact=FACT, delay=0):
        """Record this many jobs as a service does."""
        payloads = [{"number": number} for number in range(count)]
        Transactions(database.client, CALM_SECONDS).run(
            lambda unit: self.outbox.record(unit, fact, payloads, delay=delay)
        )

    def leave_due(self, count, kind=KIND):
        """Insert jobs as a dead process leaves them, due and offered to nobody; return their ids."""
        rows = [new_row(kind, {"number": number}, now(), now()) for number in range(count)]
        self.outbox.collection.insert_many(rows, ordered=False)
        return [row["_id"] for row in rows]

    def states(self):
        """Return how many jobs are in each state."""
        stages = [{"$group": {"_id": "$state", "jobs": {"$sum": 1}}}]
        return {row["_id"]: row["jobs"] for row in self.outbox.collection.aggregate(stages)}


@contextmanager
def started(*outboxes):
    """Run a runner for each outbox."""
    runners = [JobRunner(outbox) for outbox in outboxes]
    for runner in runners:
        runner.start()
    try:
        yield runners
    finally:
        for runner in runners:
            eventually(runner.stop, "every job has ended")
