"""The `webhooks` collection; `model` lists the fields of its documents."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import SealedSecret, Webhook
from .rules import ACTIVE, MOST_WEBHOOKS

SORT = Sort("created_at", descending=True)
LEASE = timedelta(seconds=60)  # as long as that of a job
FREE = {"lease_until": None, "lease": None}


class WebhookStore:
    """Reads and writes webhooks. Whoever delivers to one holds its lease, so that nobody else does at the same time."""

    INDEXES = [
        IndexModel([("organizer_id", ASCENDING), ("slot", ASCENDING)], unique=True),
        IndexModel([("organizer_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("status", ASCENDING), ("organizer_id", ASCENDING)]),
    ]

    def __init__(self, collection: Collection[Webhook]):
        self.collection = collection

    def insert(self, webhook: Webhook, session: ClientSession | None) -> None:
        """Add a webhook."""
        self.collection.insert_one(webhook, session=session)

    def find(self, webhook_id: ObjectId, session: ClientSession | None = None) -> Webhook | None:
        """Return a webhook, or None if it does not exist."""
        return self.collection.find_one({"_id": webhook_id}, session=session)

    def find_many(self, webhook_ids: Iterable[ObjectId]) -> list[Webhook]:
        """Return the webhooks with these ids that exist."""
        return list(self.collection.find({"_id": {"$in": list(webhook_ids)}}))

    def find_own(
        self, webhook_id: ObjectId, organizer_id: ObjectId, session: ClientSession | None = None
    ) -> Webhook | None:
        """Return a webhook of an organizer, or None."""
        return self.collection.find_one({"_id": webhook_id, "organizer_id": organizer_id}, session=session)

    def find_of_organizer(self, organizer_id: ObjectId, limit: int, after: Position | None) -> Page[Webhook]:
        """Return a page of an organizer's webhooks, newest first."""
        return find_page(self.collection, {"organizer_id": organizer_id}, SORT, limit, after)

    def find_following(self, organizer_id: ObjectId, event_id: ObjectId) -> list[Webhook]:
        """Return the active webhooks that follow an event of this organizer."""
        active = {"status": ACTIVE, "organizer_id": organizer_id}
        return list(self.collection.find(active | {"event_id": {"$in": [None, event_id]}}).limit(MOST_WEBHOOKS))

    def followed(self, most: int) -> frozenset[ObjectId]:
        """Return which organizers have an active webhook; up to `most` of them."""
        stages: list[dict[str, Any]] = [
            {"$match": {"status": ACTIVE}},
            {"$group": {"_id": "$organizer_id"}},
            {"$limit": most},
        ]
        return frozenset(row["_id"] for row in self.collection.aggregate(stages))

    def slots(self, organizer_id: ObjectId, session: ClientSession | None) -> list[int]:
        """Return the slots that the webhooks of an organizer have."""
        found = self.collection.find({"organizer_id": organizer_id}, {"slot": 1}, session=session)
        return [row["slot"] for row in found]

    def change(
        self, webhook_id: ObjectId, changes: dict[str, Any], session: ClientSession | None = None
    ) -> Webhook | None:
        """Change fields of a webhook; return it as it is then, or None if it does not exist."""
        return self.collection.find_one_and_update(
            {"_id": webhook_id}, {"$set": changes}, return_document=ReturnDocument.AFTER, session=session
        )

    def disable(self, webhook: Webhook, changes: dict[str, Any], session: ClientSession | None) -> Webhook | None:
        """Disable a webhook unless it was disabled, deleted or enabled since it was read; return it, or None."""
        same = {"_id": webhook["_id"], "status": ACTIVE, "enabled_at": webhook["enabled_at"]}
        return self.collection.find_one_and_update(
            same, {"$set": changes}, return_document=ReturnDocument.AFTER, session=session
        )

    def replace_secrets(self, webhook_id: ObjectId, before: list[SealedSecret], after: list[SealedSecret]) -> bool:
        """Replace the secrets of a webhook if they are still as they were read; return whether they were."""
        same = {"_id": webhook_id, "secrets": before}
        return self.collection.update_one(same, {"$set": {"secrets": after}}).matched_count == 1

    def delete(self, webhook_id: ObjectId, organizer_id: ObjectId, session: ClientSession | None) -> bool:
        """Delete a webhook of an organizer; return whether there was one."""
        own = {"_id": webhook_id, "organizer_id": organizer_id}
        return self.collection.delete_one(own, session=session).deleted_count == 1

    def take(self, webhook_id: ObjectId, lease: str, now: datetime) -> Webhook | None:
        """Take the lease of an active webhook that nobody delivers to and that is not paused; return it, or None."""
        over = {"$or": [{"lease_until": None}, {"lease_until": {"$lte": now}}]}
        going = {"$or": [{"paused_until": None}, {"paused_until": {"$lte": now}}]}
        free = {"_id": webhook_id, "status": ACTIVE, "$and": [over, going]}
        taken = {"lease": lease, "lease_until": now + LEASE}
        return self.collection.find_one_and_update(free, {"$set": taken}, return_document=ReturnDocument.AFTER)

    def release(self, webhook_id: ObjectId, lease: str) -> None:
        """Give a lease back, unless somebody else has taken it since it ran out."""
        self.collection.update_one({"_id": webhook_id, "lease": lease}, {"$set": FREE})
