"""The `api_keys` collection."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import ApiKey

SORT = Sort("created_at", descending=True)


class ApiKeyStore:
    """Reads and writes API keys."""

    INDEXES = [
        IndexModel([("digest", ASCENDING)], unique=True),
        IndexModel([("organizer_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def put(self, key: ApiKey) -> None:
        """Add a key, in place of one that an earlier attempt of the same request has made and shown to nobody."""
        self.collection.replace_one({"_id": key["_id"]}, key, upsert=True)

    def count(self, organizer_id: ObjectId, but: ObjectId) -> int:
        """Return how many keys an organizer has besides one."""
        return self.collection.count_documents({"organizer_id": organizer_id, "_id": {"$ne": but}})

    def find_page_of(self, organizer_id: ObjectId, limit: int, after: Position | None) -> Page[ApiKey]:
        """Return a page of an organizer's keys, newest first."""
        return find_page(self.collection, {"organizer_id": organizer_id}, SORT, limit, after, ("digest",))

    def find_by_digest(self, digest: str) -> ApiKey | None:
        """Return the key with this digest."""
        return self.collection.find_one({"digest": digest})

    def note_use(self, key_id: ObjectId, now: datetime, unless_since: datetime) -> None:
        """Note that a key is used, unless that was noted after `unless_since`."""
        stale = [{"last_used_at": None}, {"last_used_at": {"$lte": unless_since}}]
        self.collection.update_one({"_id": key_id, "$or": stale}, {"$set": {"last_used_at": now}})

    def delete(self, key_id: ObjectId, organizer_id: ObjectId) -> bool:
        """Delete a key of an organizer; return whether there was one."""
        return self.collection.delete_one({"_id": key_id, "organizer_id": organizer_id}).deleted_count == 1

    def delete_all(self, organizer_id: ObjectId) -> None:
        """Delete all keys of an organizer."""
        self.collection.delete_many({"organizer_id": organizer_id})
