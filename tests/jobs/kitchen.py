"""Kinds of jobs for tests of the runner: it counts how often each was done, and by how many at once."""

import math
import threading
import time
from collections import Counter
from contextlib import contextmanager

from bson import ObjectId

from booking_api.clock import now
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import Transactions

FACT, KIND = "egg.laid", "breakfast.boil"
PAID, SETTLE = "breakfast.paid", "books.settle"


class Kitchen:
    """An outbox with a kind of job, which counts how often each was done, and by how many at once; and the books."""

    def __init__(self, database, seconds=0.0):
        self.outbox = Outbox(database["outbox"], now)
        self.outbox.handle(KIND, self.boil, fact=FACT)
        self.outbox.handle(SETTLE, self.settle, fact=PAID, max_attempts=math.inf)
        self.done: Counter = Counter()
        self.settled: list[int] = []
        self.twice_at_once: list[int] = []
        self.most_at_once = 0
        self.seconds = seconds
        self._mutex = threading.Lock()
        self._boiling: set[int] = set()

    def boil(self, job):
        """Do a job."""
        number = job["payload"]["number"]
        with self._mutex:
            if number in self._boiling:
                self.twice_at_once.append(number)
            self._boiling.add(number)
            self.most_at_once = max(self.most_at_once, len(self._boiling))
        time.sleep(self.seconds)
        with self._mutex:
            self._boiling.discard(number)
            self.done[number] += 1

    def settle(self, job):
        """Do a job that keeps the books right."""
        self.settled.append(job["payload"]["number"])

    def owe(self, count, database, *, fact=FACT, delay=0):
        """Record jobs as the service does."""
        payloads = [{"number": number} for number in range(count)]
        Transactions(database.client, 10).run(lambda unit: self.outbox.record(unit, fact, payloads, delay=delay))

    def leave_behind(self, count, kind=KIND):
        """Jobs of a process that is dead: due, and offered to nobody. Their ids."""
        rows = [
            {"_id": ObjectId(), "kind": kind, "payload": {"number": number}, "state": "pending", "due_at": now()}
            | {"attempts": 0, "token": None, "message_id": f"<{number}@x>", "created_at": now()}
            for number in range(count)
        ]
        self.outbox.collection.insert_many(rows, ordered=False)
        return [row["_id"] for row in rows]

    def states(self):
        """How many jobs are in which state."""
        stages = [{"$group": {"_id": "$state", "jobs": {"$sum": 1}}}]
        return {row["_id"]: row["jobs"] for row in self.outbox.collection.aggregate(stages)}


@contextmanager
def started(*outboxes):
    """Runners at work, one for each outbox."""
    runners = [JobRunner(outbox) for outbox in outboxes]
    for runner in runners:
        runner.start()
    try:
        yield runners
    finally:
        for runner in runners:
            assert runner.stop()
