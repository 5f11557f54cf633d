"""The operator's view of the outbox: what is owed, what failed, and having it done again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING

from .outbox import Outbox

PENDING, DONE, FAILED = STATES = ("pending", "done", "failed")


class OutboxAdministration:
    """Counts, lists, requeues and deletes jobs."""

    def __init__(self, outbox: Outbox):
        self._collection = outbox.collection
        self._now = outbox.now

    def counts(self) -> list[dict]:
        """Rows of `{state, kind, jobs}`."""
        stages = [
            {"$group": {"_id": {"state": "$state", "kind": "$kind"}, "jobs": {"$sum": 1}}},
            {"$sort": {"_id.state": 1, "_id.kind": 1}},
        ]
        return [row["_id"] | {"jobs": row["jobs"]} for row in self._collection.aggregate(stages)]

    def owed(self) -> list[dict]:
        """The same without what is done, of which there may be millions."""
        stages = [
            {"$match": {"state": {"$in": [PENDING, FAILED]}}},
            {"$group": {"_id": {"state": "$state", "kind": "$kind"}, "jobs": {"$sum": 1}}},
        ]
        return [row["_id"] | {"jobs": row["jobs"]} for row in self._collection.aggregate(stages)]

    def oldest_age(self) -> float | None:
        """For how many seconds the oldest due job has been due; None if none is."""
        rows = self.find(PENDING, 1)
        age = (self._now() - rows[0]["due_at"]).total_seconds() if rows else -1
        return age if age >= 0 else None

    def find(self, state: str, limit: int) -> list[dict]:
        """Jobs in a state, those due first at the top."""
        # With every kind by its name the index has the order, and no row is read beyond the limit.
        kinds = self._collection.distinct("kind", {"state": state})
        found = self._collection.find({"state": state, "kind": {"$in": kinds}})
        return list(found.sort("due_at", ASCENDING).limit(limit))

    def retry(self, job_ids: Iterable[str] | None) -> int:
        """Have these failed jobs, or all, done again; how many there are."""
        wanted: dict = {"state": FAILED}
        if job_ids is not None:
            wanted["_id"] = {"$in": [ObjectId(name) if ObjectId.is_valid(name) else name for name in job_ids]}
        again = {"state": PENDING, "attempts": 0, "token": None, "due_at": self._now()}
        return self._collection.update_many(wanted, {"$set": again}).modified_count

    def purge(self, days: int, *, failed: bool) -> int:
        """Delete what was over so many days ago; how many jobs there were."""
        before: datetime = self._now() - timedelta(days=days)
        over = [{"state": DONE, "done_at": {"$lte": before}}]
        if failed:
            over.append({"state": FAILED, "created_at": {"$lte": before}})
        return self._collection.delete_many({"$or": over}).deleted_count
