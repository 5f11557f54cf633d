"""Scheduled jobs: a fact has one pending job for each key and subscriber, and its due time can be moved.

The id of such a job is made of its kind and its key, so that repeating the fact adds no other. `scheduled` counts how
often it was put on a date; it also tells these jobs from those that may be claimed before they are due.
"""

from datetime import datetime
from typing import Any

from ..storage.client import UnitOfWork
from .facts import Fact, Payload
from .model import new_row
from .outbox import Outbox


class Schedule:
    """Puts jobs on a date, moves and removes them, in the transaction that has the reason for it."""

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
        """Set the due time of the jobs of this fact and key; `or_sooner` keeps an earlier one.

        A job that is running at the moment runs again at that time, as it may have read older data. So a handler that
        puts its own job on a later date is called again then, and not at once.
        """
        for kind in self._outbox.subscribers(fact):
            self._put(unit, kind, key, dict(payload), due_at, or_sooner=or_sooner)

    def remove(self, unit: UnitOfWork, fact: Fact[Payload], key: str) -> None:
        """Delete the pending jobs of this fact and key."""
        job_ids = [_job_id(kind, key) for kind in self._outbox.subscribers(fact)]
        self._outbox.collection.delete_many({"_id": {"$in": job_ids}, "state": "pending"}, session=unit.session)

    def _put(
        self, unit: UnitOfWork, kind: str, key: str, payload: dict[str, Any], due_at: datetime, *, or_sooner: bool
    ) -> None:
        rows, now = self._outbox.collection, self._outbox.now()
        job_id = _job_id(kind, key)
        if or_sooner:
            sooner = {"_id": job_id, "state": "pending", "token": None, "due_at": {"$lt": due_at}}
            waiting = rows.find_one(sooner, session=unit.session)
            due_at = waiting["due_at"] if waiting else due_at
        row = new_row(kind, payload, now, due_at, job_id)
        # The row loses its token, so results under the old claim are ignored. Its new Message-ID makes this a change in
        # any case, so that it collides with a worker that claims the row at the same moment.
        changes = {"$set": row, "$inc": {"scheduled": 1}, "$unset": {"done_at": "", "last_error": ""}}
        rows.update_one({"_id": job_id}, changes, upsert=True, session=unit.session)
        if due_at <= now:
            unit.after_commit(lambda: self._outbox.on_recorded([row]))
        else:
            unit.after_commit(lambda: self._outbox.on_scheduled(due_at))


def _job_id(kind: str, key: str) -> str:
    return f"{kind}:{key}"
