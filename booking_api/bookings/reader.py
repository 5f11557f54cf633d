"""Bookings as they are stored, for the packages that only read those of an event."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING, collection
from pymongo.client_session import ClientSession

from ..storage.client import UnitOfWork
from ..storage.sort import Page, Position, Sort, find_page
from .model import Booking, Sum
from .rules import CONFIRMED
from .store import CODES

OLDEST_FIRST = Sort("created_at")
UNREAD = (*CODES, "resends", "confirmation", "idempotency_key", "event_id", "event_version", "hold_ended_at")
Offsets = Sequence[tuple[datetime, timedelta]]  # from when on, and how far the clocks are ahead of UTC


class BookingReader:
    """Reads the bookings of events; the index is that of `BookingStore`."""

    def __init__(self, bookings: collection.Collection[Booking]):
        self._bookings = bookings

    def page(
        self,
        event_id: ObjectId,
        statuses: Collection[str] | None,
        limit: int,
        after: Position | None,
        *,
        with_cancelled_tickets: bool = False,
    ) -> Page[Booking]:
        """Return some of an event's bookings, the oldest first, without what only their customers may know.

        If they are chosen by their `statuses`, others can be included that go on without some of their tickets.
        """
        conditions: dict[str, Any] = {"event_id": event_id}
        if statuses is not None:
            conditions["status"] = {"$in": list(statuses)}
        if statuses is not None and with_cancelled_tickets:
            apart = {"tickets.cancelled_at": {"$exists": True}}
            conditions["$or"] = [{"status": conditions.pop("status")}, apart]
        return find_page(self._bookings, conditions, OLDEST_FIRST, limit, after, UNREAD)

    def states(self, event_ids: list[ObjectId], session: ClientSession | None) -> Iterator[dict[str, Any]]:
        """Yield what the bookings of these events are, by the ids of the events."""
        fields = ("event_id", "status", "quantity", "amount", "payment.owed", "tickets._id", "tickets.check_ins.list")
        rows = self._bookings.find({"event_id": {"$in": event_ids}}, dict.fromkeys(fields, 1), session=session)
        yield from cast(Iterator[dict[str, Any]], rows.sort("event_id", ASCENDING))

    def find(self, unit: UnitOfWork, booking_ids: list[ObjectId]) -> list[Booking]:
        """Return the bookings with these ids as they are in the transaction of `unit`."""
        return list(self._bookings.find({"_id": {"$in": booking_ids}}, session=unit.session))

    def sums(self, event_id: ObjectId, offsets: Offsets, session: ClientSession | None) -> list[Sum]:
        """Return all bookings of an event, summed up by status, ticket type and day.

        `offsets` say when its days begin: MongoDB may know other time zones than this service, or none.
        """
        is_confirmed = {"$eq": ["$status", CONFIRMED]}
        local_time = {"$subtract": ["$created_at", _milliseconds_behind(offsets)]}
        day = {"$dateToString": {"date": local_time, "format": "%Y-%m-%d"}}
        scanned = {
            "$filter": {
                "input": {"$ifNull": ["$tickets.checked_in_at", []]},
                "as": "at",
                "cond": {"$ne": ["$$at", None]},
            }
        }
        first = {"$lte": ["$line", 0]}  # also true if there is no line
        costs = {"$subtract": ["$items.price", {"$ifNull": ["$items.reduction", 0]}]}
        stages: list[dict[str, Any]] = [
            {"$match": {"event_id": event_id}},
            {
                "$project": {
                    **dict.fromkeys(("status", "items", "amount", "payment.refunded"), 1),
                    "day": {"$cond": [is_confirmed, day, None]},
                    "checked_in": {"$size": scanned},
                    "apart": {"$size": {"$ifNull": ["$tickets.cancelled_at", []]}},
                }
            },
            {"$unwind": {"path": "$items", "includeArrayIndex": "line", "preserveNullAndEmptyArrays": True}},
            {
                "$group": {
                    "_id": {
                        "status": "$status",
                        "ticket_type_id": {"$ifNull": ["$items.ticket_type_id", None]},
                        "day": "$day",
                    },
                    "tickets": {"$sum": "$items.quantity"},
                    "value": {"$sum": {"$multiply": ["$items.quantity", costs]}},
                    "amount": {"$sum": {"$cond": [first, "$amount", 0]}},
                    "refunded": {"$sum": {"$cond": [first, {"$ifNull": ["$payment.refunded", 0]}, 0]}},
                    "checked_in": {"$sum": {"$cond": [first, "$checked_in", 0]}},
                    "cancelled_apart": {"$sum": {"$cond": [first, "$apart", 0]}},
                }
            },
        ]
        # The collection is typed to contain bookings, but these rows are not.
        rows = cast(Iterator[dict[str, Any]], self._bookings.aggregate(stages, session=session))
        return [cast(Sum, row.pop("_id") | row) for row in rows]


def _milliseconds_behind(offsets: Offsets) -> Any:
    """Return the expression for how far the clocks were behind UTC at the time of a booking."""
    (_, first), *later = [(since, round(-offset / timedelta(milliseconds=1))) for since, offset in offsets]
    if not later:
        return first
    branches = [{"case": {"$gte": ["$created_at", since]}, "then": behind} for since, behind in reversed(later)]
    return {"$switch": {"branches": branches, "default": first}}
