"""The `payments`, `refunds` and `provider_events` collections; `model` lists the fields of their documents."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage import batch_commands
from ..storage.sort import Page, Position, Sort, find_page
from .model import Payment, Refund, StoredEvent
from .providers.port import FAILED, PENDING

EVENTS_KEPT = timedelta(days=30)
NEWEST_FIRST = Sort("created_at", descending=True)


class PaymentStore:
    """Reads and writes payments; of those of a booking at most one is open."""

    INDEXES = [
        IndexModel([("booking_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("booking_id", ASCENDING)], name="one_open", unique=True, partialFilterExpression={"open": True}),
        IndexModel([("provider_id", ASCENDING)], sparse=True),
        IndexModel([("event_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("booking_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
    ]

    def __init__(self, collection: Collection[Payment]):
        self.collection = collection

    def insert(self, payments: Sequence[Payment], session: ClientSession | None) -> None:
        """Add payments."""
        if payments:
            batch_commands.insert(self.collection, payments, session)

    def find(self, payment_id: ObjectId, session: ClientSession | None = None) -> Payment | None:
        """Return a payment, or None if it does not exist."""
        return self.collection.find_one({"_id": payment_id}, session=session)

    def of_bookings(self, booking_ids: Iterable[ObjectId], session: ClientSession | None = None) -> list[Payment]:
        """Return all payments of these bookings, the oldest first."""
        found = self.collection.find({"booking_id": {"$in": list(booking_ids)}}, session=session)
        return list(found.sort([("booking_id", ASCENDING), ("_id", ASCENDING)]))

    def find_page(self, booking_id: ObjectId, limit: int, after: Position | None) -> Page[Payment]:
        """Return a page of the payments of a booking, the newest first."""
        return find_page(self.collection, {"booking_id": booking_id}, NEWEST_FIRST, limit, after)

    def change(self, changes: dict[ObjectId, dict[str, Any]], session: ClientSession | None) -> None:
        """Set fields of payments that were read in the same transaction."""
        updates = [({"_id": payment_id}, {"$set": fields}) for payment_id, fields in changes.items()]
        if updates:
            batch_commands.update(self.collection, updates, session)


class RefundStore:
    """Reads and writes refunds."""

    INDEXES = [
        IndexModel([("booking_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("provider_id", ASCENDING)], sparse=True),
        IndexModel([("event_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("booking_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
    ]

    def __init__(self, collection: Collection[Refund]):
        self.collection = collection

    def insert(self, refunds: Sequence[Refund], session: ClientSession | None) -> None:
        """Add refunds."""
        if refunds:
            batch_commands.insert(self.collection, refunds, session)

    def find(self, refund_id: ObjectId, session: ClientSession | None = None) -> Refund | None:
        """Return a refund, or None if it does not exist."""
        return self.collection.find_one({"_id": refund_id}, session=session)

    def of_bookings(self, booking_ids: Iterable[ObjectId], session: ClientSession | None = None) -> list[Refund]:
        """Return all refunds of these bookings, the oldest first."""
        found = self.collection.find({"booking_id": {"$in": list(booking_ids)}}, session=session)
        return list(found.sort([("booking_id", ASCENDING), ("_id", ASCENDING)]))

    def change(self, changes: dict[ObjectId, dict[str, Any]], session: ClientSession | None) -> None:
        """Set fields of refunds that were read in the same transaction."""
        updates = [({"_id": refund_id}, {"$set": fields}) for refund_id, fields in changes.items()]
        if updates:
            batch_commands.update(self.collection, updates, session)

    def known(
        self, refund_ids: Sequence[ObjectId], booking_ids: Sequence[ObjectId], session: ClientSession | None
    ) -> list[Refund]:
        """Return the refunds with these ids that exist, and all of these bookings."""
        either = [{"_id": {"$in": list(refund_ids)}}, {"booking_id": {"$in": list(booking_ids)}}]
        return list(self.collection.find({"$or": either}, session=session))

    def find_page(self, booking_id: ObjectId, limit: int, after: Position | None) -> Page[Refund]:
        """Return a page of the refunds of a booking, the newest first."""
        return find_page(self.collection, {"booking_id": booking_id}, NEWEST_FIRST, limit, after)

    def note(self, refund: Refund, provider_id: str) -> None:
        """Keep the provider's id of a refund that is pending, unless another try has begun since."""
        same_try = {"_id": refund["_id"], "status": PENDING, "tries": refund.get("tries")}
        self.collection.update_one(same_try, {"$set": {"provider_id": provider_id}})

    def reopen(self, refund: Refund) -> None:
        """Make a refund that has failed pending again, to be tried once more, unless that was done."""
        failed = {"_id": refund["_id"], "status": FAILED, "tries": refund.get("tries")}
        self.collection.update_one(failed, {"$set": {"status": PENDING}, "$unset": {"provider_id": ""}})


class StoredEventStore:
    """Reads and writes messages of the provider, each once."""

    INDEXES = [IndexModel([("received_at", ASCENDING)], expireAfterSeconds=int(EVENTS_KEPT.total_seconds()))]

    def __init__(self, collection: Collection[StoredEvent]):
        self.collection = collection

    def insert(self, event: StoredEvent, session: ClientSession | None) -> None:
        """Add a message; raises `DuplicateKeyError` if it is there already."""
        self.collection.insert_one(event, session=session)

    def find(self, event_id: str) -> StoredEvent | None:
        """Return a message, or None if it is no longer kept."""
        return self.collection.find_one({"_id": event_id})
