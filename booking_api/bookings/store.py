"""The `bookings` collection; `model` lists the fields of its documents."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, cast

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage import batch_commands
from ..storage.sort import Page, Position, Sort, find_page
from .holds import LOOK_BACK, NOT_YET, CustomerHolds
from .indexes import INDEXES
from .model import WRITTEN_ALONE, Booking
from .rules import BY_ORGANIZER, CANCELLED, HELD, LIVE
from .transfers import hash_of

CODES = ("tickets.code", "tickets.revoked_codes", "tickets.transfers")  # of no concern to an organizer
BY_EVENT = Sort("event_date")  # no field of a booking: it is the date of its event
SORTS = {
    "created_at": Sort("created_at"),
    "-created_at": Sort("created_at", descending=True),
    "event_date": BY_EVENT,
}


class BookingStore:
    """Reads and writes bookings; the customer is part of the filter wherever ownership matters."""

    INDEXES = INDEXES

    def __init__(self, collection: Collection[Booking]):
        self.collection = collection

    def find_own(
        self, booking_id: ObjectId, customer_id: ObjectId, session: ClientSession | None = None
    ) -> Booking | None:
        """Return a customer's booking, or None if there is none with this id."""
        return self.collection.find_one({"_id": booking_id, "customer_id": customer_id}, session=session)

    def find_by_code(self, code: str) -> Booking | None:
        """Return the booking that has the ticket with this code."""
        return self.collection.find_one({"tickets.code": code})

    def find_by_revoked_code(self, code: str) -> Booking | None:
        """Return the booking that has the ticket which had this code before it was given to somebody."""
        return self.collection.find_one({"tickets.revoked_codes": hash_of(code)})

    def find_page_own(
        self, customer_id: ObjectId, filters: dict[str, Any], sort: Sort, limit: int, after: Position | None
    ) -> Page[Booking]:
        """Return a page of a customer's bookings that have these fields, sorted by a field of theirs."""
        return find_page(self.collection, {"customer_id": customer_id} | filters, sort, limit, after)

    def find_events_own(self, customer_id: ObjectId, filters: dict[str, Any]) -> dict[ObjectId, ObjectId]:
        """Return the id of the event of each of a customer's bookings that have these fields."""
        found = self.collection.find({"customer_id": customer_id} | filters, {"event_id": 1})
        return {booking["_id"]: booking["event_id"] for booking in found}

    def find_page_of_event(
        self, event_id: ObjectId, status: str | None, sort: Sort, limit: int, after: Position | None
    ) -> Page[Booking]:
        """Return a page of an event's bookings, without the tickets' codes."""
        conditions = {"event_id": event_id} | ({"status": status} if status else {})
        return find_page(self.collection, conditions, sort, limit, after, hidden=CODES)

    def find_of_event(self, booking_id: ObjectId, event_id: ObjectId) -> Booking | None:
        """Return a booking of an event, without the tickets' codes, or None if it has none with this id."""
        return self.collection.find_one({"_id": booking_id, "event_id": event_id}, dict.fromkeys(CODES, 0))

    def load(self, booking_ids: list[ObjectId], session: ClientSession | None = None) -> dict[ObjectId, Booking]:
        """Return the bookings with these ids that exist, by id."""
        if not booking_ids:
            return {}
        found = self.collection.find({"_id": {"$in": booking_ids}}, session=session)
        return {booking["_id"]: booking for booking in found}

    def count_tickets(
        self, event_id: ObjectId, customer_ids: list[ObjectId], session: ClientSession | None
    ) -> dict[ObjectId, int]:
        """Return how many held or confirmed tickets of an event each of these customers has."""
        live = {"event_id": event_id, "status": {"$in": LIVE}, "customer_id": {"$in": customer_ids}}
        stages: list[dict[str, Any]] = [
            {"$match": live},
            {"$group": {"_id": "$customer_id", "tickets": {"$sum": "$quantity"}}},
        ]
        return {row["_id"]: row["tickets"] for row in self._aggregate(stages, session)}

    def load_holds(
        self,
        max_held: Mapping[tuple[ObjectId, ObjectId], int],
        since: datetime,
        session: ClientSession | None,
    ) -> dict[tuple[ObjectId, ObjectId], CustomerHolds]:
        """Return present holds, and those that ended after `since`, by event and customer.

        `max_held` has the most tickets that each customer may have on hold. This is one query with a limit, however
        many holds a customer has given up: present holds sort first, then the latest to end, and the rest is left out.
        """
        found = {pair: CustomerHolds() for pair in max_held}
        customers = defaultdict(list)
        for event_id, customer_id in found:
            customers[event_id].append(customer_id)
        if found:
            ended_unnoted = {"hold_ended_at": NOT_YET, "status": {"$ne": HELD}}  # by the version before, in a deploy
            recent = {"hold_ended_at": {"$gt": since}, "$nor": [ended_unnoted]}
            rows = (
                self.collection.find(
                    {"$or": [{"event_id": e, "customer_id": {"$in": ids}} | recent for e, ids in customers.items()]},
                    {"event_id": 1, "customer_id": 1, "items": 1, "hold_ended_at": 1, "status": 1},
                    session=session,
                )
                .sort("hold_ended_at", DESCENDING)
                .limit(LOOK_BACK * sum(max_held.values()))
            )
            for row in rows:
                found[row["event_id"], row["customer_id"]].add(row)
        return found

    def write(self, new: list[Booking], changed: dict[ObjectId, dict[str, Any]], session: ClientSession | None) -> None:
        """Add bookings, and change others that were read in the same transaction.

        A change of tickets or of money has the booking's `version`, which all other changes increment.
        """
        if new:
            batch_commands.insert(self.collection, new, session)
        alone = {key for key, changes in changed.items() if not changes.keys().isdisjoint(WRITTEN_ALONE)}
        apart = [({"_id": key}, {"$set": changed[key]}) for key in changed if key in alone]
        if len(apart) == 1:
            self.collection.update_one(*apart[0], session=session)
        elif apart:
            batch_commands.update(self.collection, apart, session)
        alike = defaultdict(list)  # most requests of a batch make the same changes
        for booking_id, changes in changed.items():
            if booking_id not in alone:
                alike[tuple(changes.items())].append(booking_id)
        for same_changes, booking_ids in alike.items():
            self.collection.update_many(
                {"_id": {"$in": booking_ids}}, {"$set": dict(same_changes), "$inc": {"version": 1}}, session=session
            )

    def live_batch(self, event_id: ObjectId, limit: int, session: ClientSession | None) -> list[Booking]:
        """Return up to `limit` live bookings of an event, without their tickets."""
        live = {"event_id": event_id, "status": {"$in": LIVE}}
        return list(self.collection.find(live, {"tickets": 0}, session=session).limit(limit))

    def cancel_batch(
        self,
        booking_ids: list[ObjectId],
        changes: Mapping[ObjectId, dict[str, Any]],
        now: datetime,
        session: ClientSession | None,
    ) -> None:
        """Cancel bookings that were just read as live in the same transaction, because their event is cancelled.

        Some have `changes` besides.
        """
        if changes:
            apart = [({"_id": key}, {"$set": fields}) for key, fields in changes.items()]
            batch_commands.update(self.collection, apart, session)
        self.collection.update_many(
            {"_id": {"$in": booking_ids}},
            {
                "$set": {"status": CANCELLED, "cancelled_at": now, "cancelled_by": BY_ORGANIZER},
                "$inc": {"version": 1},
            },
            session=session,
        )

    def summarize(self, event_ids: list[ObjectId], session: ClientSession | None) -> list[dict[str, Any]]:
        """Return the live bookings of these events, summed up by ticket type and status.

        Rows are `{event_id, ticket_type_id, status, booked, tickets, oldest_end, uneven}`. `booked` is the sum of the
        quantities of bookings whose first line has that type, `tickets` the sum of the quantities of all such lines.
        `oldest_end` is the earliest expiry of a hold that nobody is paying, and `uneven` the number of bookings whose
        quantity differs from that of their items or of their tickets which were not cancelled apart.
        """
        apart = {"$size": {"$ifNull": ["$tickets.cancelled_at", []]}}
        of_items, of_tickets = {"$sum": "$items.quantity"}, {"$subtract": [{"$size": "$tickets"}, apart]}
        even = {"$and": [{"$eq": ["$quantity", of_items]}, {"$eq": ["$quantity", of_tickets]}]}
        type_id = {"$ifNull": ["$items.ticket_type_id", None]}
        first = {"$lte": ["$line", 0]}  # also true if there is no line
        fields = ("event_id", "status", "quantity", "items", "hold_expires_at", "payment")
        waits = {"$ifNull": ["$payment.attempt", False]}
        stages: list[dict[str, Any]] = [
            {"$match": {"event_id": {"$in": event_ids}, "status": {"$in": LIVE}}},
            {"$project": dict.fromkeys(fields, 1) | {"uneven": {"$cond": [even, 0, 1]}}},
            {"$unwind": {"path": "$items", "includeArrayIndex": "line", "preserveNullAndEmptyArrays": True}},
            {
                "$group": {
                    "_id": {"event_id": "$event_id", "ticket_type_id": type_id, "status": "$status"},
                    "booked": {"$sum": {"$cond": [first, "$quantity", 0]}},
                    "tickets": {"$sum": "$items.quantity"},
                    "oldest_end": {"$min": {"$cond": [waits, None, "$hold_expires_at"]}},
                    "uneven": {"$sum": {"$cond": [first, "$uneven", 0]}},
                }
            },
        ]
        return [row["_id"] | row for row in self._aggregate(stages, session)]

    def held_offers(
        self, event_ids: list[ObjectId], session: ClientSession | None
    ) -> dict[ObjectId, dict[ObjectId, ObjectId]]:
        """Return the held bookings of these events that waiting lists have offered: by event, the entry of each."""
        held = {"event_id": {"$in": event_ids}, "status": HELD, "waitlist_entry_id": {"$exists": True}}
        found: defaultdict[ObjectId, dict[ObjectId, ObjectId]] = defaultdict(dict)
        for row in self.collection.find(held, {"event_id": 1, "waitlist_entry_id": 1}, session=session):
            found[row["event_id"]][row["_id"]] = row["waitlist_entry_id"]
        return found

    def booked_events(self, limit: int) -> Iterator[list[ObjectId]]:
        """Yield the ids of all events that have bookings, in batches; reads only an index."""
        stages: list[dict[str, Any]] = [{"$sort": {"event_id": 1}}, {"$group": {"_id": "$event_id"}}]
        rows = self._aggregate(stages)
        while batch := [row["_id"] for row in islice(rows, limit)]:
            yield batch

    def keys_with_several(self) -> Iterator[tuple[ObjectId, str, list[datetime]]]:
        """Yield the customer, digest and booking times of each order with a key that has made several bookings."""
        stages: list[dict[str, Any]] = [
            {"$match": {"idempotency_key": {"$exists": True}}},
            {
                "$group": {
                    "_id": {"customer_id": "$customer_id", "key": "$idempotency_key"},
                    "times": {"$push": "$created_at"},
                    "count": {"$sum": 1},
                }
            },
            {"$match": {"count": {"$gt": 1}}},
        ]
        for row in self._aggregate(stages, allowDiskUse=True):
            yield row["_id"]["customer_id"], row["_id"]["key"], row["times"]

    def set_confirmation(self, booking_ids: list[ObjectId], status: str, now: datetime | None) -> None:
        """Record the state of confirmation messages."""
        self.collection.update_many(
            {"_id": {"$in": booking_ids}},
            {"$set": {"confirmation": {"status": status, "sent_at": now}}, "$inc": {"version": 1}},
        )

    def _aggregate(
        self, stages: list[dict[str, Any]], session: ClientSession | None = None, **options: Any
    ) -> Iterator[dict[str, Any]]:
        # The collection is typed to contain bookings, but these rows are not.
        return cast(Iterator[dict[str, Any]], self.collection.aggregate(stages, session=session, **options))
