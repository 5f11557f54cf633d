"""The `notices` collection."""

from datetime import timedelta

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from .model import Notice

KEEP = timedelta(days=90)


class NoticeStore:
    """Reads and writes notices."""

    INDEXES = [
        IndexModel([("event_id", ASCENDING), ("kind", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=int(KEEP.total_seconds())),
    ]

    def __init__(self, collection: Collection[Notice]):
        self.collection = collection

    def insert(self, notice: Notice, session: ClientSession | None) -> None:
        """Add a notice."""
        self.collection.insert_one(notice, session=session)

    def find(self, notice_id: str, session: ClientSession | None = None) -> Notice | None:
        """Return a notice."""
        return self.collection.find_one({"_id": notice_id}, session=session)

    def find_many(self, notice_ids: set[str]) -> dict[str, Notice]:
        """Return the notices that exist among these ids, by id."""
        return {notice["_id"]: notice for notice in self.collection.find({"_id": {"$in": list(notice_ids)}})}

    def latest(self, event_id: ObjectId, kind: str, limit: int, session: ClientSession | None) -> list[Notice]:
        """Return the latest notices of a kind for an event, with `created_at` and `urgent` only."""
        fields = {"created_at": 1, "urgent": 1}
        found = self.collection.find({"event_id": event_id, "kind": kind}, fields, session=session)
        return list(found.sort("created_at", DESCENDING).limit(limit))

    def advance(self, notice: Notice, reached: ObjectId, session: ClientSession | None) -> bool:
        """Store how far the fan-out has come. Returns False if another process has advanced it since it was read."""
        moved = self.collection.update_one(
            {"_id": notice["_id"], "reached": notice["reached"]}, {"$set": {"reached": reached}}, session=session
        )
        return moved.matched_count == 1
