"""The outbox for operators: count, list, retry and delete jobs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING

from .model import Job
from .outbox import Outbox

PENDING, DONE, FAILED = STATES = ("pending", "done", "failed")


class OutboxAdministration:
    """Counts, lists, retries and deletes jobs."""

    def __init__(self, outbox: Outbox):
        self._collection = outbox.collection
        self._now = outbox.now

    def counts(self) -> list[dict[str, Any]]:
        """Return `{state, kind, jobs}` for each state and kind."""
        return self._count([{"$sort": {"_id.state": 1, "_id.kind": 1}}])

    def owed(self) -> list[dict[str, Any]]:
        """Return the counts of pending and failed jobs only; there may be millions that are done."""
        return self._count([], {"state": {"$in": [PENDING, FAILED]}})

    def oldest_age(self) -> float | None:
        """Return for how many seconds the oldest due job has been due, or None if no job is due."""
        rows = self.find(PENDING, 1)
        age = (self._now() - rows[0]["due_at"]).total_seconds() if rows else -1
        return age if age >= 0 else None

    def find(self, state: str, limit: int) -> list[Job]:
        """Return up to `limit` jobs in a state, sorted by due time."""
        # If all kinds are named, the index returns rows in order, so that none beyond the limit is read.
        kinds = self._collection.distinct("kind", {"state": state})
        found = self._collection.find({"state": state, "kind": {"$in": kinds}})
        return list(found.sort("due_at", ASCENDING).limit(limit))

    def retry(self, job_ids: Iterable[str] | None) -> int:
        """Make these failed jobs pending again, or all if it is None; return how many."""
        wanted: dict[str, Any] = {"state": FAILED}
        if job_ids is not None:
            wanted["_id"] = {"$in": [ObjectId(name) if ObjectId.is_valid(name) else name for name in job_ids]}
        again = {"state": PENDING, "attempts": 0, "token": None, "due_at": self._now()}
        return self._collection.update_many(wanted, {"$set": again}).modified_count

    def purge(self, days: int, *, failed: bool) -> int:
        """Delete jobs done at least `days` days ago, with `failed` also failed ones as old; return how many."""
        before: datetime = self._now() - timedelta(days=days)
        over: list[dict[str, Any]] = [{"state": DONE, "done_at": {"$lte": before}}]
        if failed:
            over.append({"state": FAILED, "created_at": {"$lte": before}})
        return self._collection.delete_many({"$or": over}).deleted_count

    def _count(self, then: list[dict[str, Any]], match: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        group = {"$group": {"_id": {"state": "$state", "kind": "$kind"}, "jobs": {"$sum": 1}}}
        rows: Iterable[Any] = self._collection.aggregate([{"$match": match or {}}, group, *then])
        return [row["_id"] | {"jobs": row["jobs"]} for row in rows]
