"""The `notices` collection: `{_id, kind, event_id, created_at, reached}` and what the kind says besides."""

from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

KEEP = timedelta(days=90)


class NoticeStore:
    """Reads and writes notices."""

    INDEXES = [
        IndexModel([("event_id", ASCENDING), ("kind", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=int(KEEP.total_seconds())),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, notice: dict[str, Any], session: ClientSession | None) -> None:
        """Add a notice."""
        self.collection.insert_one(notice, session=session)

    def find(self, notice_id: str, session: ClientSession | None = None) -> dict[str, Any] | None:
        """A notice."""
        return self.collection.find_one({"_id": notice_id}, session=session)

    def find_many(self, notice_ids: set[str]) -> dict[str, dict[str, Any]]:
        """The notices that exist among these ids."""
        return {notice["_id"]: notice for notice in self.collection.find({"_id": {"$in": list(notice_ids)}})}

    def latest(self, event_id: ObjectId, kind: str, limit: int, session: ClientSession | None) -> list[dict[str, Any]]:
        """When the latest notices of a kind were made for an event, and which of them were urgent."""
        fields = {"created_at": 1, "urgent": 1}
        found = self.collection.find({"event_id": event_id, "kind": kind}, fields, session=session)
        return list(found.sort("created_at", DESCENDING).limit(limit))

    def advance(self, notice: dict[str, Any], reached: ObjectId, session: ClientSession | None) -> bool:
        """Note how far the fan-out has come; False if somebody else has moved it since the notice was read."""
        moved = self.collection.update_one(
            {"_id": notice["_id"], "reached": notice["reached"]}, {"$set": {"reached": reached}}, session=session
        )
        return moved.matched_count == 1
