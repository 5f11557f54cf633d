"""Scheduled jobs: a fact has one job for each key and subscriber, whose due time can be changed.

The id of such a job is made of its kind and its key, so that scheduling it again does not add another. `scheduled`
counts how often its due time was set; it also marks these jobs as ones that must not be claimed before they are due.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..storage.client import UnitOfWork
from .facts import Fact, Payload
from .model import Job, JobId, new_row
from .outbox import Outbox


class Schedule:
    """Schedules, reschedules and removes jobs, in the transaction of the caller."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox

    def put(
        self,
        unit: UnitOfWork,
        fact: Fact[Payload],
        key: str,
        payload: Payload,
        due_at: datetime,
        *,
        or_sooner: bool = False,
    ) -> None:
        """Set the due time of the jobs of this fact and key; with `or_sooner`, keep a due time that is earlier.

        A job that is running now is run again at that time, because it may have read older data. So a handler can
        reschedule its own job, and is called again at the new time.
        """
        for kind in self._outbox.subscribers(fact):
            self._put(unit, kind, key, dict(payload), due_at, or_sooner=or_sooner)

    def again(self, unit: UnitOfWork, job: Job, payload: Mapping[str, Any], due_at: datetime) -> None:
        """Run a job that is running now again, with another payload, unless it was put elsewhere since it was claimed.

        For a handler that does a part at a time: a `put` by somebody else is not overwritten.
        """
        rows = self._outbox.collection
        claim = {"_id": job["_id"], "token": job["token"], "state": "pending"}
        if rows.find_one(claim, {"_id": 1}, session=unit.session):
            self._set(unit, job["kind"], job["_id"], dict(payload), due_at)

    def remove(self, unit: UnitOfWork, fact: Fact[Payload], key: str) -> None:
        """Delete the pending jobs of this fact and key."""
        job_ids = [_job_id(kind, key) for kind in self._outbox.subscribers(fact)]
        self._outbox.collection.delete_many({"_id": {"$in": job_ids}, "state": "pending"}, session=unit.session)

    def _put(
        self, unit: UnitOfWork, kind: str, key: str, payload: dict[str, Any], due_at: datetime, *, or_sooner: bool
    ) -> None:
        rows = self._outbox.collection
        job_id = _job_id(kind, key)
        if or_sooner:
            sooner = {"_id": job_id, "state": "pending", "token": None, "due_at": {"$lt": due_at}}
            waiting = rows.find_one(sooner, session=unit.session)
            due_at = waiting["due_at"] if waiting else due_at
        self._set(unit, kind, job_id, payload, due_at)

    def _set(self, unit: UnitOfWork, kind: str, job_id: JobId, payload: dict[str, Any], due_at: datetime) -> None:
        rows, now = self._outbox.collection, self._outbox.now()
        row = new_row(kind, payload, now, due_at, job_id)
        # The token is removed, so that results under the old claim are ignored. The Message-ID is new, so that this is
        # always a change, and collides with a worker that claims the row at the same moment.
        changes = {"$set": row, "$inc": {"scheduled": 1}, "$unset": {"done_at": "", "last_error": ""}}
        rows.update_one({"_id": job_id}, changes, upsert=True, session=unit.session)
        if due_at <= now:
            unit.after_commit(lambda: self._outbox.on_recorded([row]))
        else:
            unit.after_commit(lambda: self._outbox.on_scheduled(due_at))


def _job_id(kind: str, key: str) -> str:
    return f"{kind}:{key}"
