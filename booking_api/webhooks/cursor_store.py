"""The `webhook_cursors` collection; `model` lists the fields of its documents."""

from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..events.change_store import KEPT
from .model import Cursor

# A cursor that has not moved for longer is of an event of which no change up to there is kept, so it is dispensable.
KEPT_CURSORS = KEPT + timedelta(days=15)


class CursorStore:
    """Knows up to which change of an event a webhook has its deliveries."""

    INDEXES = [
        IndexModel([("webhook_id", ASCENDING), ("event_id", ASCENDING)]),
        IndexModel([("moved_at", ASCENDING)], expireAfterSeconds=int(KEPT_CURSORS.total_seconds())),
    ]

    def __init__(self, collection: Collection[Cursor]):
        self.collection = collection

    def find(self, webhook_id: ObjectId, event_id: ObjectId, session: ClientSession | None = None) -> int | None:
        """Return the number of the last change that was taken over, or None if none was."""
        found = self.collection.find_one({"_id": _id(webhook_id, event_id)}, {"sequence": 1}, session=session)
        return found and found["sequence"]

    def move(
        self, webhook_id: ObjectId, event_id: ObjectId, sequence: int, now: datetime, session: ClientSession | None
    ) -> None:
        """Move a cursor in the transaction that has read it: one of two that do so at once is replayed."""
        moved = {"webhook_id": webhook_id, "event_id": event_id, "sequence": sequence, "moved_at": now}
        self.collection.update_one({"_id": _id(webhook_id, event_id)}, {"$set": moved}, upsert=True, session=session)

    def events_of(self, webhook_id: ObjectId, after: ObjectId | None, limit: int) -> list[ObjectId]:
        """Return up to `limit` events for which a webhook has a cursor, by their ids, starting after one of them."""
        wanted = {"webhook_id": webhook_id} | ({"event_id": {"$gt": after}} if after else {})
        found = self.collection.find(wanted, {"event_id": 1}).sort([("webhook_id", ASCENDING), ("event_id", ASCENDING)])
        return [row["event_id"] for row in found.limit(limit)]

    def delete_some(self, webhook_id: ObjectId, limit: int) -> int:
        """Delete up to `limit` cursors of a webhook; return how many."""
        ids = [row["_id"] for row in self.collection.find({"webhook_id": webhook_id}, {"_id": 1}).limit(limit)]
        return self.collection.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0


def _id(webhook_id: ObjectId, event_id: ObjectId) -> str:
    return f"{webhook_id}:{event_id}"
