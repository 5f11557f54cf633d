"""The outbox: jobs written in the transaction that owes them, so that neither exists without the other.

A row is `{_id, kind, payload, state, due_at, attempts, token, message_id, created_at}`. Its state is `pending`
(waiting, or claimed until `due_at`), `done` or `failed`. A payload carries ids only. Rows of `schedule.py` are never
claimed before they are due; others may be, by the process that has just recorded them.
"""

import math
import os
import random
import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection

from ..storage.client import UnitOfWork

JobId = ObjectId | str
Handler = Callable[[dict], None]  # does one job, or raises
# Given some jobs of its kind, reads at once what they need, and on leaving writes at once what became of them.
BatchHandler = Callable[[list[dict]], AbstractContextManager[Handler]]

LEASE_SECONDS = 60
# With the waits below the last attempt comes after 30 hours (median of 20,000 simulated outages), and after more than
# 24 in 99.7 % of them: a mail server may be down for a day.
MAX_ATTEMPTS = 70
BACKOFF_BASE_SECONDS = 2
BACKOFF_CAP_SECONDS = 3600
FAST_PATH_SECONDS = 10  # how long the process that owes a job has it for itself before the sweep may take it
KEEP_DONE = timedelta(days=7)


class PermanentFailure(Exception):
    """Raised by a handler when trying again cannot help; the job is marked failed at once."""


class Outbox:
    """Records owed jobs, and hands each to one worker at a time; at least once, under one constant Message-ID."""

    INDEXES = [
        # By kind, so that a hundred thousand mails that are due do not stand before the expiry of a hold.
        IndexModel([("state", ASCENDING), ("kind", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("done_at", ASCENDING)], expireAfterSeconds=int(KEEP_DONE.total_seconds())),
    ]

    def __init__(self, collection: Collection, clock: Callable[[], datetime]):
        self.collection = collection
        self.now = clock
        self._subscriptions: dict[str, list[str]] = {}
        self._max_attempts: dict[str, float] = {}
        self._on_failed: dict[str, Callable[[dict], None]] = {}
        self.handlers: dict[str, BatchHandler] = {}
        self.on_recorded: Callable[[list[dict]], None] = lambda jobs: None
        self.on_scheduled: Callable[[datetime], None] = lambda due_at: None

    def handle(
        self, kind: str, handler: Handler, *, fact: str | None = None, max_attempts: float = MAX_ATTEMPTS
    ) -> None:
        """Run jobs of `kind` with `handler`; each `fact` recorded from now on owes one such job.

        After `max_attempts` a job is given up. What keeps the books right has infinitely many, and a lane of its own.
        """
        self.handle_batches(kind, lambda _jobs: nullcontext(handler), fact=fact)
        self._max_attempts[kind] = max_attempts

    def handle_batches(
        self,
        kind: str,
        handler: BatchHandler,
        *,
        fact: str | None = None,
        on_failed: Callable[[dict], None] | None = None,
    ) -> None:
        """The same for a handler that prepares some jobs together; `on_failed` hears of a job that was given up."""
        self.handlers[kind] = handler
        if fact is not None:
            self._subscriptions.setdefault(fact, []).append(kind)
        if on_failed is not None:
            self._on_failed[kind] = on_failed

    def lanes(self) -> tuple[frozenset[str], frozenset[str]]:
        """The kinds of jobs that keep the books right, and the others, which must not delay them."""
        books = frozenset(kind for kind in self.handlers if math.isinf(self._max_attempts.get(kind, MAX_ATTEMPTS)))
        return books, frozenset(self.handlers) - books

    def subscribers(self, fact: str) -> list[str]:
        """The kinds of jobs that a fact owes."""
        return self._subscriptions.get(fact, [])

    def record(self, unit: UnitOfWork, fact: str, payloads: Iterable[dict], *, delay: float = 0) -> None:
        """Write, in the transaction of `unit`, the jobs that a fact owes to its subscribers.

        After the commit they are offered to this process at once; with a `delay` in seconds they fall due later.
        """
        now = self.now()
        due_at = now + timedelta(seconds=delay or FAST_PATH_SECONDS)
        rows = [new_row(kind, payload, now, due_at) for payload in payloads for kind in self.subscribers(fact)]
        if not rows:
            return
        self.collection.insert_many(rows, session=unit.session)
        if delay:
            unit.after_commit(lambda: self.on_scheduled(due_at))
        else:
            unit.after_commit(lambda: self.on_recorded(rows))

    def claim(self, job_ids: list[JobId]) -> list[dict]:
        """Take those of the jobs that are to be had, for `LEASE_SECONDS`, and count the attempt.

        Not to be had is what is not due, done, or somebody else's.
        """
        now = self.now()
        token = f"{os.getpid()}-{secrets.token_hex(8)}"  # the process is there for who looks into the collection
        # A scheduled job may have been moved to a later date since it was found due.
        early = {"attempts": 0, "scheduled": None}
        free = {"state": "pending", "$or": [early, {"due_at": {"$lte": now}}]}
        lease = {"token": token, "due_at": now + timedelta(seconds=LEASE_SECONDS)}
        claimed = self.collection.update_many(
            {"_id": {"$in": job_ids}, **free}, {"$set": lease, "$inc": {"attempts": 1}}
        )
        if not claimed.matched_count:
            return []
        return list(self.collection.find({"_id": {"$in": job_ids}, "token": token}))

    def complete(self, jobs: list[dict]) -> None:
        """Mark claimed jobs done, but for those whose lease ran out and which another worker has now."""
        self._change(jobs, {"state": "done", "done_at": self.now()})

    def postpone(self, job: dict, reason: str) -> None:
        """Try a claimed job again after a random wait that grows with its attempts; after the last, fail it.

        Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        if job["attempts"] >= self._max_attempts.get(job["kind"], MAX_ATTEMPTS):
            self.fail(job, reason)
            return
        longest = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** min(job["attempts"], 30))
        wait = random.uniform(0, longest)  # noqa: S311 (not a secret)
        due_at = self.now() + timedelta(seconds=wait)
        self._change([job], {"due_at": due_at, "last_error": reason})
        self.on_scheduled(due_at)

    def release(self, jobs: list[dict]) -> None:
        """Give claimed jobs back that were not begun, as if they had not been claimed."""
        claimed = self._claimed(jobs)
        self.collection.update_many(claimed, {"$set": {"due_at": self.now()}, "$inc": {"attempts": -1}})

    def fail(self, job: dict, reason: str) -> None:
        """Give a claimed job up; it stays to be seen, once its kind's `on_failed` was told.

        That may be told twice, but not of a job that another worker has by now.
        """
        # Told before it is closed, so that after a death in between it is tried again; a new lease lasts meanwhile.
        renewed = self._change([job], {"due_at": self.now() + timedelta(seconds=LEASE_SECONDS)})
        if not renewed:
            return
        if job["kind"] in self._on_failed:
            self._on_failed[job["kind"]](job)
        self._change([job], {"state": "failed", "last_error": reason})

    def upcoming(self, limit: int, kinds: Iterable[str] | None = None) -> tuple[list[JobId], datetime | None]:
        """Jobs that are due, the longest waiting first, and when the next one falls due if `limit` is not reached.

        Only those of some `kinds`, or else all that have a handler here.
        """
        wanted = {"state": "pending", "kind": {"$in": list(self.handlers if kinds is None else kinds)}}
        rows = self.collection.find(wanted, {"due_at": 1}).sort("due_at", ASCENDING).limit(limit)
        now = self.now()
        due: list[JobId] = []
        for row in rows:
            if row["due_at"] > now:
                return due, row["due_at"]
            due.append(row["_id"])
        return due, None

    def _change(self, jobs: list[dict], changes: dict) -> int:
        return self.collection.update_many(self._claimed(jobs), {"$set": changes}).matched_count

    @staticmethod
    def _claimed(jobs: list[dict]) -> dict:
        # One claim, one token: the jobs of a batch were claimed together.
        return {"_id": {"$in": [job["_id"] for job in jobs]}, "token": jobs[0]["token"], "state": "pending"}


def new_row(kind: str, payload: dict, now: datetime, due_at: datetime) -> dict:
    """A pending job that nobody has tried."""
    job_id = ObjectId()
    return {
        "_id": job_id,
        "kind": kind,
        "payload": payload,
        "state": "pending",
        "due_at": due_at,
        "attempts": 0,
        "token": None,
        "message_id": f"<{job_id}.{secrets.token_hex(8)}@booking-api>",
        "created_at": now,
    }
