"""The `bookings` collection.

`{_id, event_id, customer_id, quantity, items, status, amount, currency, tickets, confirmation, hold_expires_at,
cancelled_at, cancelled_by, version, created_at}`.
"""

from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.pages import Order, Page, Position, find_page
from .rules import BY_ORGANIZER, CANCELLED, LIVE

NEWEST_FIRST = Order("created_at", descending=True)


def _index(*names: str) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names])


class BookingStore:
    """Reads and writes bookings; whose booking it is stands in the filter."""

    INDEXES = [
        _index("customer_id", "created_at", "_id"),
        _index("event_id", "created_at", "_id"),
        _index("event_id", "status", "customer_id"),
    ]

    def __init__(self, collection: Collection):
        self.collection = collection

    def insert(self, booking: dict, session: ClientSession | None) -> None:
        """Add a booking."""
        self.collection.insert_one(booking, session=session)

    def find(self, booking_id: ObjectId) -> dict | None:
        """A booking, whoever asks."""
        return self.collection.find_one({"_id": booking_id})

    def find_own(self, booking_id: ObjectId, customer_id: ObjectId, session: ClientSession | None = None):
        """One's own booking."""
        return self.collection.find_one({"_id": booking_id, "customer_id": customer_id}, session=session)

    def find_page_own(
        self,
        customer_id: ObjectId,
        event_id: ObjectId | None,
        status: str | None,
        limit: int,
        after: Position | None,
    ) -> Page:
        """A page of one's own bookings, newest first."""
        wanted = {"customer_id": customer_id, "event_id": event_id, "status": status}
        conditions = {name: value for name, value in wanted.items() if value is not None}
        return find_page(self.collection, conditions, NEWEST_FIRST, limit, after)

    def find_page_of_event(self, event_id: ObjectId, status: str | None, limit: int, after: Position | None) -> Page:
        """A page of an event's bookings, newest first, without the tickets' codes."""
        conditions = {"event_id": event_id} | ({"status": status} if status else {})
        return find_page(self.collection, conditions, NEWEST_FIRST, limit, after, hidden=("tickets.code",))

    def cancel(self, booking_id: ObjectId, now: datetime, session: ClientSession | None) -> dict | None:
        """Cancel a live booking for its customer; None if it is not live, so that its tickets go back once."""
        return self.collection.find_one_and_update(
            {"_id": booking_id, "status": {"$in": LIVE}},
            {
                "$set": {"status": CANCELLED, "cancelled_at": now, "cancelled_by": "customer"},
                "$inc": {"version": 1},
            },
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def live_batch(self, event_id: ObjectId, limit: int, session: ClientSession | None) -> list[dict]:
        """Some of an event's live bookings: ids and quantities."""
        live = {"event_id": event_id, "status": {"$in": LIVE}}
        return list(self.collection.find(live, {"quantity": 1}, session=session).limit(limit))

    def cancel_batch(self, booking_ids: list[ObjectId], now: datetime, session: ClientSession | None) -> None:
        """Cancel bookings that were just read as live in the same transaction, because their event is cancelled."""
        self.collection.update_many(
            {"_id": {"$in": booking_ids}},
            {
                "$set": {"status": CANCELLED, "cancelled_at": now, "cancelled_by": BY_ORGANIZER},
                "$inc": {"version": 1},
            },
            session=session,
        )

    def booker_batch(self, event_id: ObjectId, conditions: dict, after: ObjectId | None, limit: int) -> list[ObjectId]:
        """Customers with bookings that meet the conditions, each once, in the order of their ids."""
        match = {"event_id": event_id, **conditions} | ({"customer_id": {"$gt": after}} if after else {})
        stages = [
            {"$match": match},
            {"$group": {"_id": "$customer_id"}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
        ]
        return [row["_id"] for row in self.collection.aggregate(stages)]

    def set_confirmation(self, booking_id: ObjectId, status: str, now: datetime | None) -> None:
        """Record what became of the confirmation message."""
        self.collection.update_one(
            {"_id": booking_id},
            {"$set": {"confirmation": {"status": status, "sent_at": now}}, "$inc": {"version": 1}},
        )
