"""The `webhook_deliveries` collection; `model` lists the fields of its documents."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import Attempt, Delivery
from .rules import DELIVERED, FAILED, MOST_ATTEMPTS_KEPT, PENDING

KEPT = timedelta(days=30)
SORT = Sort("created_at", descending=True)
IN_ORDER = [("due_at", ASCENDING), ("sequence", ASCENDING), ("_id", ASCENDING)]


class DeliveryStore:
    """Reads and writes deliveries; they are kept for 30 days."""

    INDEXES = [
        IndexModel([("webhook_id", ASCENDING), ("message_id", ASCENDING)], unique=True),
        IndexModel([("webhook_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("webhook_id", ASCENDING), *IN_ORDER], partialFilterExpression={"status": PENDING}),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds())),
    ]

    def __init__(self, collection: Collection[Delivery]):
        self.collection = collection

    def insert(self, rows: list[Delivery], session: ClientSession | None) -> None:
        """Add deliveries."""
        self.collection.insert_many(rows, session=session)

    def find(self, delivery_id: ObjectId, webhook_id: ObjectId) -> Delivery | None:
        """Return a delivery of a webhook, or None if it has no such delivery."""
        return self.collection.find_one({"_id": delivery_id, "webhook_id": webhook_id})

    def find_of_webhook(self, webhook_id: ObjectId, limit: int, after: Position | None) -> Page[Delivery]:
        """Return a page of the deliveries of a webhook, newest first."""
        return find_page(self.collection, {"webhook_id": webhook_id}, SORT, limit, after)

    def find_due(self, webhook_id: ObjectId, now: datetime, limit: int) -> list[Delivery]:
        """Return up to `limit` pending deliveries that are due, in order, without their `attempts`."""
        due = {"webhook_id": webhook_id, "status": PENDING, "due_at": {"$lte": now}}
        return list(self.collection.find(due, {"attempts": 0}).sort(IN_ORDER).limit(limit))

    def next_due_at(self, webhook_id: ObjectId, session: ClientSession | None = None) -> datetime | None:
        """Return when the next delivery of a webhook is due; None if none is pending."""
        pending = {"webhook_id": webhook_id, "status": PENDING}
        found = self.collection.find_one(pending, {"due_at": 1}, sort=IN_ORDER, session=session)
        return found and found["due_at"]

    def is_full(self, webhook_id: ObjectId, most: int, session: ClientSession | None) -> bool:
        """Return whether a webhook has `most` pending deliveries, or more."""
        pending = {"webhook_id": webhook_id, "status": PENDING}
        return self.collection.count_documents(pending, limit=most, session=session) >= most

    def delivered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Note an attempt that succeeded."""
        self._note(delivery, attempt, {"status": DELIVERED})

    def tried(self, delivery: Delivery, attempt: Attempt, due_at: datetime | None) -> None:
        """Note an attempt that failed, and when there is another one; None if it was the last."""
        after = {"status": FAILED} if due_at is None else {"due_at": due_at}
        first = delivery["first_attempt_at"] or attempt["at"]
        self._note(delivery, attempt, after | {"first_attempt_at": first, "tries": delivery["tries"] + 1})

    def replay(self, delivery_id: ObjectId, webhook_id: ObjectId, now: datetime) -> Delivery | None:
        """Make a delivery due now, with three days before it; return it, or None if the webhook has no such one."""
        again = {"status": PENDING, "due_at": now, "first_attempt_at": None, "tries": 0}
        return self.collection.find_one_and_update(
            {"_id": delivery_id, "webhook_id": webhook_id}, {"$set": again}, return_document=ReturnDocument.AFTER
        )

    def delete_some(self, webhook_id: ObjectId, limit: int) -> int:
        """Delete up to `limit` deliveries of a webhook; return how many."""
        ids = [row["_id"] for row in self.collection.find({"webhook_id": webhook_id}, {"_id": 1}).limit(limit)]
        return self.collection.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0

    def _note(self, delivery: Delivery, attempt: Attempt, changes: dict[str, Any]) -> None:
        kept = {"attempts": {"$each": [attempt], "$slice": -MOST_ATTEMPTS_KEPT}}
        noted: dict[str, Any] = {"$push": kept, "$inc": {"attempt_count": 1}}
        same = {"_id": delivery["_id"], "status": PENDING, "due_at": delivery["due_at"]}
        if not self.collection.update_one(same, noted | {"$set": changes}).matched_count:
            # It was replayed meanwhile, so another attempt is owed whatever this one brought.
            self.collection.update_one({"_id": delivery["_id"]}, noted)
