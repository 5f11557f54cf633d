"""The `notices` and `unsubscriptions` collections."""

from contextlib import suppress
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .model import Notice, Unsubscription

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


class UnsubscriptionStore:
    """Reads and writes who wants no more mails about which event."""

    INDEXES = [IndexModel([("event_id", ASCENDING), ("customer_id", ASCENDING)], unique=True)]

    def __init__(self, collection: Collection[Unsubscription]):
        self.collection = collection

    def add(self, customer_id: ObjectId, event_id: ObjectId, now: datetime) -> None:
        """Add a guest and an event, unless they are there."""
        pair = {"event_id": event_id, "customer_id": customer_id}
        with suppress(DuplicateKeyError):  # two requests at once
            self.collection.update_one(pair, {"$setOnInsert": {"created_at": now}}, upsert=True)

    def among(self, pairs: list[tuple[ObjectId, ObjectId]]) -> list[tuple[ObjectId, ObjectId]]:
        """Return those of the pairs of customer and event that are stored."""
        if not pairs:
            return []
        either = [{"event_id": event_id, "customer_id": customer_id} for customer_id, event_id in pairs]
        return [(row["customer_id"], row["event_id"]) for row in self.collection.find({"$or": either})]
