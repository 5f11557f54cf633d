"""Jobs of which one is owed at a time: a fact has one pending job for each key and subscriber, and its due time moves.

The id of such a row is made of its kind and its key, so that no repetition adds another. `scheduled` counts how often
it was put there; it also tells these rows from those that may be claimed before they are due.
"""

from datetime import datetime

from ..storage.client import UnitOfWork
from .outbox import Outbox, new_row


class Schedule:
    """Puts jobs on a date, moves them to another, and takes them off, always in the transaction that has the reason."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox

    def put(
        self, unit: UnitOfWork, fact: str, key: str, payload: dict, due_at: datetime, *, or_sooner: bool = False
    ) -> None:
        """Have the jobs of this fact and key fall due then, whatever time they had; `or_sooner` keeps an earlier one.

        A job that is being worked on just now is done again when it is due: its worker may have read what was there
        before. So a handler that puts its own job on a later date has it done later, and not once more at once.
        """
        for kind in self._outbox.subscribers(fact):
            self._put(unit, kind, key, payload, due_at, or_sooner=or_sooner)

    def remove(self, unit: UnitOfWork, fact: str, key: str) -> None:
        """Owe the pending jobs of this fact and key no longer."""
        job_ids = [_job_id(kind, key) for kind in self._outbox.subscribers(fact)]
        self._outbox.collection.delete_many({"_id": {"$in": job_ids}, "state": "pending"}, session=unit.session)

    def _put(self, unit: UnitOfWork, kind: str, key: str, payload: dict, due_at: datetime, *, or_sooner: bool) -> None:
        rows, now = self._outbox.collection, self._outbox.now()
        job_id = _job_id(kind, key)
        if or_sooner:
            sooner = {"_id": job_id, "state": "pending", "token": None, "due_at": {"$lt": due_at}}
            waiting = rows.find_one(sooner, session=unit.session)
            due_at = waiting["due_at"] if waiting else due_at
        row = new_row(kind, payload, now, due_at) | {"_id": job_id}
        # The new row has no token, so what a worker notes under the old one no longer applies. Its Message-ID is new,
        # so this always is a change: else it would not collide with a worker who claims the row at this moment.
        changes = {"$set": row, "$inc": {"scheduled": 1}, "$unset": {"done_at": "", "last_error": ""}}
        rows.update_one({"_id": job_id}, changes, upsert=True, session=unit.session)
        if due_at <= now:
            unit.after_commit(lambda: self._outbox.on_recorded([row]))
        else:
            unit.after_commit(lambda: self._outbox.on_scheduled(due_at))


def _job_id(kind: str, key: str) -> str:
    return f"{kind}:{key}"
