"""The `waitlist` collection; `model` lists the fields of its documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..events.model import DeletedEvent
from ..storage import batch_commands
from ..storage.sort import Page, Position, Sort, find_page
from .model import Entry
from .rules import CLOSED, DECLINED, EXPIRED, OFFERED, WAITING

BY_NUMBER = Sort("number")
LOOK_BACK = 10  # entries of a customer whose offers came to nothing
EITHER = {"$in": [True, False]}  # so that an index is sought in at both, and not read in between


def _index(*names: str, **options: Any) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names], **options)


class WaitlistStore:
    """Reads and writes entries."""

    INDEXES = [
        _index("event_id", "customer_id", unique=True, partialFilterExpression={"open": True}),
        _index("event_id", "customer_id", "number"),
        # In the order of the numbers it merges as many scans as there are `min_quantity` that fit: it reads what it
        # returns, however many wait.
        _index(
            *("event_id", "queued", "ticket_type_id", "min_quantity", "number"),
            partialFilterExpression={"status": WAITING},
        ),
        _index("event_id", "status", "number", "_id"),
        _index("event_id", "number", "_id"),
    ]

    def __init__(self, collection: Collection[Entry]):
        self.collection = collection

    def find_latest(self, event_id: ObjectId, customer_id: ObjectId) -> Entry | None:
        """Return the latest entry of a customer of an event."""
        theirs = {"event_id": event_id, "customer_id": customer_id}
        return self.collection.find_one(theirs, sort=[("number", DESCENDING)])

    def find_events_of(self, customer_id: ObjectId) -> list[ObjectId]:
        """Return the events on whose lists a customer is; reads the whole collection, for what is done rarely."""
        theirs = self.collection.find({"customer_id": customer_id, "open": True}, {"event_id": 1})
        return [entry["event_id"] for entry in theirs]

    def by_id(self, entry_ids: list[ObjectId]) -> dict[ObjectId, Entry]:
        """Return the entries with these ids that exist."""
        return {entry["_id"]: entry for entry in self.collection.find({"_id": {"$in": entry_ids}})}

    def missed(
        self, event_id: ObjectId, customer_id: ObjectId, since: datetime, session: ClientSession | None
    ) -> list[datetime]:
        """Return when the latest offers to a customer of an event came to nothing, after `since`."""
        theirs = {"event_id": event_id, "customer_id": customer_id, "status": {"$in": [DECLINED, EXPIRED]}}
        latest = self.collection.find(theirs, session=session).sort("number", DESCENDING).limit(LOOK_BACK)
        return [entry["ended_at"] for entry in latest if entry["ended_at"] > since]

    def find_asked(
        self, customers: Mapping[ObjectId, Sequence[ObjectId]], keyed: Sequence[ObjectId], session: ClientSession | None
    ) -> list[Entry]:
        """Return the open entries of these customers, by event, and those with the ids `keyed`."""
        theirs: list[dict[str, Any]] = [
            {"event_id": event_id, "customer_id": {"$in": list(ids)}, "open": True}
            for event_id, ids in customers.items()
        ]
        made = [{"_id": {"$in": list(keyed)}}] if keyed else []
        return list(self.collection.find({"$or": [*theirs, *made]}, session=session))

    def find_queued(
        self,
        event_id: ObjectId,
        type_id: ObjectId | None,
        most: int,
        after: int,
        limit: int,
        session: ClientSession | None,
    ) -> list[Entry]:
        """Return the first entries in the queue of a type, after this number, that take `most` tickets or fewer."""
        conditions = self.queued(event_id, type_id, most, after)
        return list(self.collection.find(conditions, session=session).sort("number", ASCENDING).limit(limit))

    @staticmethod
    def queued(event_id: ObjectId, type_id: ObjectId | None, most: int, after: int) -> dict[str, Any]:
        """Return the conditions for the entries that fit."""
        return {
            "event_id": event_id,
            "status": WAITING,
            "queued": True,
            "ticket_type_id": type_id,
            "min_quantity": {"$in": list(range(1, most + 1))},
            "number": {"$gt": after},
        }

    def find_waiting_of(
        self, event_id: ObjectId, customer_ids: Sequence[ObjectId], session: ClientSession | None
    ) -> list[Entry]:
        """Return the entries of these customers that wait."""
        theirs = {"event_id": event_id, "customer_id": {"$in": list(customer_ids)}, "open": True, "status": WAITING}
        return list(self.collection.find(theirs, session=session))

    def is_any_queued(self, event_id: ObjectId, but: Sequence[ObjectId], session: ClientSession | None) -> bool:
        """Return whether any entry is in the queue of an event but those with these ids."""
        others: dict[str, Any] = {"_id": {"$nin": list(but)}} if but else {}
        queued = {"event_id": event_id, "status": WAITING, "queued": True} | others
        return self.collection.find_one(queued, {"_id": 1}, session=session) is not None

    def waits_for(self, event_id: ObjectId, type_id: ObjectId | None, session: ClientSession | None) -> bool:
        """Return whether any entry of an event waits for this type."""
        waits = {"event_id": event_id, "status": WAITING, "queued": EITHER, "ticket_type_id": type_id}
        return self.collection.find_one(waits, {"_id": 1}, session=session) is not None

    def find_to_close(
        self, event_id: ObjectId, most_of: Mapping[ObjectId | None, int], limit: int, session: ClientSession | None
    ) -> list[Entry]:
        """Return entries that wait for another type than these, or for more tickets than a booking may have of it."""
        waits = {"event_id": event_id, "status": WAITING, "queued": EITHER}
        cases: list[dict[str, Any]] = [waits | {"ticket_type_id": {"$nin": list(most_of)}}]
        for type_id, most in most_of.items():
            cases.append(waits | {"ticket_type_id": type_id, "min_quantity": {"$gt": most}})
        return list(self.collection.find({"$or": cases}, session=session).limit(limit))

    def find_open(self, event_id: ObjectId, limit: int, session: ClientSession | None) -> list[Entry]:
        """Return entries of an event that wait or are offered tickets."""
        return list(self.collection.find({"event_id": event_id, "open": True}, session=session).limit(limit))

    def find_blocked(self, event_id: ObjectId, limit: int, session: ClientSession | None) -> list[Entry]:
        """Return entries of an event that wait and are not in the queue."""
        blocked = {"event_id": event_id, "status": WAITING, "queued": False}
        return list(self.collection.find(blocked, session=session).limit(limit))

    def write(
        self,
        changed: Mapping[ObjectId, dict[str, Any]],
        answers: Mapping[str, Sequence[ObjectId]],
        ended: dict[str, Any],
        joined: Sequence[Entry],
        session: ClientSession | None,
    ) -> None:
        """Change entries that were read in the same transaction, end offers with these `answers`, and add entries."""
        updates = [({"_id": entry_id}, {"$set": changes}) for entry_id, changes in changed.items()]
        if len(updates) == 1:
            self.collection.update_one(*updates[0], session=session)
        elif updates:
            batch_commands.update(self.collection, updates, session)
        for status, entry_ids in answers.items():
            # An event that was cancelled may have closed it before its booking.
            offered = {"_id": {"$in": list(entry_ids)}, "status": OFFERED}
            self.collection.update_many(offered, {"$set": ended | {"status": status}}, session=session)
        if joined:
            batch_commands.insert(self.collection, joined, session)

    def close(
        self, entry_ids: Sequence[ObjectId], deleted: DeletedEvent | None, now: datetime, session: ClientSession | None
    ) -> None:
        """Close entries of an event that was deleted, and keep what is told of it."""
        closed: dict[str, Any] = {"status": CLOSED, "open": False, "queued": False, "ended_at": now}
        if deleted is not None:
            closed["deleted_event"] = deleted
        self.collection.update_many({"_id": {"$in": list(entry_ids)}}, {"$set": closed}, session=session)

    def find_page(self, event_id: ObjectId, status: str | None, limit: int, after: Position | None) -> Page[Entry]:
        """Return a page of the entries of an event, in order."""
        conditions = {"event_id": event_id} | ({"status": status} if status else {})
        return find_page(self.collection, conditions, BY_NUMBER, limit, after)

    def numbers(self, event_id: ObjectId) -> Iterator[int]:
        """Yield the numbers of all entries of an event that wait, in order; reads only an index."""
        waits = {"event_id": event_id, "status": WAITING}
        rows = self.collection.find(waits, {"_id": 0, "number": 1}, batch_size=10_000).sort("number", ASCENDING)
        for row in rows:
            yield row["number"]

    def sums(self, event_id: ObjectId, session: ClientSession | None) -> dict[str, int]:
        """Return how many tickets entries that wait, and offers, are for, by status."""
        quantity = {"$ifNull": ["$offer.quantity", "$quantity"]}
        stages: list[dict[str, Any]] = [
            {"$match": {"event_id": event_id, "status": {"$in": [WAITING, OFFERED]}}},
            {"$group": {"_id": "$status", "tickets": {"$sum": quantity}}},
        ]
        rows = cast(Iterable[dict[str, Any]], self.collection.aggregate(stages, session=session))
        return {row["_id"]: row["tickets"] for row in rows}

    def of_event(self, event_id: ObjectId, session: ClientSession | None) -> Iterator[Entry]:
        """Yield all entries of an event, in order."""
        yield from self.collection.find({"event_id": event_id}, session=session).sort("number", ASCENDING)

    def events(self, event_ids: list[ObjectId], session: ClientSession | None) -> set[ObjectId]:
        """Return which of these events have entries."""
        stages: list[dict[str, Any]] = [
            {"$match": {"event_id": {"$in": event_ids}}},
            {"$group": {"_id": "$event_id"}},
        ]
        rows = cast(Iterable[dict[str, Any]], self.collection.aggregate(stages, session=session))
        return {row["_id"] for row in rows}
