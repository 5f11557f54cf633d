"""Reads bookings, payments and refunds together, for the audit of money: some at a time, in snapshots."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from bson import ObjectId
from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.database import Database

from .model import Payment, Refund

BATCH = 500
Row = TypeVar("Row")
SHOWN = dict.fromkeys(("event_id", "status", "amount", "currency", "items", "hold_expires_at", "payment"), 1)


class Money(NamedTuple):
    """A booking with its payments and its refunds."""

    booking: dict[str, Any]
    payments: list[Payment]
    refunds: list[Refund]


class MoneyReader:
    """Reads what was paid for bookings, and what went back."""

    def __init__(self, database: Database[Any]):
        self._bookings = database["bookings"]
        self._payments = database["payments"]
        self._refunds = database["refunds"]

    def of_events(
        self, event_ids: Sequence[ObjectId], paid_here: Sequence[ObjectId], session: ClientSession | None
    ) -> Iterator[Money]:
        """Yield the bookings of these events that have money, and those of events `paid_here` that cost something."""
        either: list[dict[str, Any]] = [{"event_id": {"$in": list(event_ids)}, "payment": {"$exists": True}}]
        if paid_here:
            either.append({"event_id": {"$in": list(paid_here)}, "amount": {"$gt": 0}})
        rows = self._bookings.find({"$or": either}, SHOWN, session=session)
        for bookings in _some(rows):
            ids = [booking["_id"] for booking in bookings]
            payments, refunds = (self._of_bookings(each, ids, session) for each in (self._payments, self._refunds))
            for booking in bookings:
                yield Money(booking, payments.get(booking["_id"], []), refunds.get(booking["_id"], []))

    def without_booking(self) -> Iterator[tuple[str, ObjectId]]:
        """Yield payments and refunds whose bookings do not exist, or have no money: `payment` or `refund`, and its id.

        What is read first was written after its booking, or with it.
        """
        for kind, collection in (("payment", self._payments), ("refund", self._refunds)):
            for rows in _some(collection.find({}, {"booking_id": 1}).sort("_id", ASCENDING)):
                wanted = {"_id": {"$in": [row["booking_id"] for row in rows]}, "payment": {"$exists": True}}
                there = {booking["_id"] for booking in self._bookings.find(wanted, {"_id": 1})}
                yield from ((kind, row["_id"]) for row in rows if row["booking_id"] not in there)

    @staticmethod
    def _of_bookings(
        collection: Any, booking_ids: list[ObjectId], session: ClientSession | None
    ) -> dict[ObjectId, list[Any]]:
        found: dict[ObjectId, list[Any]] = {}
        for row in collection.find({"booking_id": {"$in": booking_ids}}, session=session):
            found.setdefault(row["booking_id"], []).append(row)
        return found


def _some(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
