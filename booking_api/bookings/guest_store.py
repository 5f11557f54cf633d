"""Whose bookings of an event there are in the `bookings` collection, for what all guests are told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING
from pymongo.collection import Collection

from .calendar import MOST_OF_A_GUEST
from .model import Booking, Guest
from .rules import BY_ORGANIZER, CANCELLED, CONFIRMED

MOST_OF_GUESTS = 20_000  # four times as many as a hundred guests need


class GuestStore:
    """Reads the guests of events and their bookings; the index is that of `BookingStore`."""

    def __init__(self, collection: Collection[Booking]):
        self._collection = collection

    def bookers(
        self, event_id: ObjectId, conditions: dict[str, Any], after: ObjectId | None, limit: int
    ) -> list[ObjectId]:
        """Return the customers of up to `limit` bookings that meet the conditions, each once, sorted by id."""
        match = {"event_id": event_id, **conditions} | ({"customer_id": {"$gt": after}} if after else {})
        found = self._collection.find(match, {"customer_id": 1}).sort("customer_id", ASCENDING).limit(limit)
        return list(dict.fromkeys(booking["customer_id"] for booking in found))

    def bookings_of(self, guests: Iterable[Guest]) -> dict[Guest, list[Booking]]:
        """Return bookings that are confirmed or were cancelled with their event, by guest.

        Each guest has up to `MOST_OF_A_GUEST`, the oldest first, with only the fields that a calendar shows, and money.
        This is one query, however many guests there are.
        """
        customers = defaultdict(list)
        for event_id, customer_id in guests:
            customers[event_id].append(customer_id)
        if not customers:
            return {}
        told = {"status": {"$in": [CONFIRMED, CANCELLED]}, "cancelled_by": {"$in": [None, BY_ORGANIZER]}}
        of_events = [{"event_id": event, "customer_id": {"$in": ids}} | told for event, ids in customers.items()]
        fields = ["event_id", "customer_id", "status", "version", "created_at", "cancelled_at", "hold_expires_at"]
        fields += ["currency", "payment"]
        guest = {"event_id": "$event_id", "customer_id": "$customer_id"}
        stages: list[dict[str, Any]] = [
            {"$match": {"$or": of_events}},
            {"$project": dict.fromkeys(fields, 1)},
            {"$sort": {"_id": ASCENDING}},
            {"$limit": MOST_OF_GUESTS},
            {"$group": {"_id": guest, "bookings": {"$push": "$$ROOT"}}},
            {"$project": {"bookings": {"$slice": ["$bookings", MOST_OF_A_GUEST]}}},
        ]
        # The collection is typed to contain bookings, but these rows are not.
        rows = cast(Iterator[dict[str, Any]], self._collection.aggregate(stages))
        return {(row["_id"]["event_id"], row["_id"]["customer_id"]): row["bookings"] for row in rows}
