"""The `events` collection; `model` lists the fields of its documents."""

from datetime import datetime
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Keys, Page, Position, Sort, find_page
from . import spans
from .model import Event, EventDates, GuestView
from .rules import CANCELLED, DRAFT, PUBLISHED

SORTS = {
    "date": Sort("date"),
    "-date": Sort("date", descending=True),
    "created_at": Sort("created_at"),
    "-created_at": Sort("created_at", descending=True),
    "title": Sort("title_key"),
}
OWN_SORT = SORTS["-created_at"]
TOUCH = {"touched": 1}  # has no meaning, but the write makes other transactions collide

# Where the public list by date starts to read; `end_date` is there so that what is over is left out without reading it.
BY_DATE, BY_ORGANIZER, BY_WORD = (
    [(name, ASCENDING) for name in ("status", *names, "span", "date", "_id", "end_date")]
    for names in ((), ("organizer_id",), ("words",))
)
FEW = 500  # events that are soon counted, or read and sorted
MOST_COUNTED = 4  # words


def _index(*names: str) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names])


class StockChanged(AssertionError):
    """Tickets seen on sale in a transaction were gone in the same one: impossible under snapshot isolation."""


class EventStore:
    """Reads and writes events; every change that could race with another is one conditional update."""

    INDEXES = [
        _index("status", "created_at", "_id"),
        _index("status", "title_key", "_id"),
        _index("organizer_id", "created_at", "_id"),
        IndexModel(BY_DATE),
        IndexModel(BY_ORGANIZER),
        IndexModel(BY_WORD),
    ]

    def __init__(self, collection: Collection[Event]):
        self.collection = collection

    def insert(self, event: Event, session: ClientSession | None) -> None:
        """Add an event."""
        self.collection.insert_one(event, session=session)

    def find(self, event_id: ObjectId, session: ClientSession | None = None) -> Event | None:
        """Return an event, or None if it does not exist."""
        return self.collection.find_one({"_id": event_id}, session=session)

    def find_many(self, event_ids: list[ObjectId], session: ClientSession | None = None) -> list[Event]:
        """Return the events with these ids that exist."""
        return list(self.collection.find({"_id": {"$in": event_ids}}, session=session))

    def find_dates(self, event_ids: list[ObjectId]) -> list[EventDates]:
        """Return when the events with these ids begin and end."""
        found = self.collection.find({"_id": {"$in": event_ids}}, {"date": 1, "end_date": 1})
        return cast(list[EventDates], list(found))

    def find_published(
        self,
        *,
        sort: Sort,
        limit: int,
        after: Position | None,
        running: list[dict[str, Any]],
        organizer_id: ObjectId | None,
        available: bool | None,
        words: list[str] | None,
    ) -> Page[Event]:
        """Return a page of published events; `running` are branches of `spans.running`."""
        conditions: dict[str, Any] = {"status": PUBLISHED}
        if organizer_id is not None:
            conditions["organizer_id"] = organizer_id
        if available is not None:
            conditions["available_tickets"] = {"$gt": 0} if available else 0
        if words is not None:
            conditions["words"] = {"$all": words}
        index, conditions = self._start(conditions, running, by_date=sort.field == "date")
        if index is not None:
            return find_page(self.collection, conditions, sort, limit, after, branches=running, index=index)
        # Let MongoDB try whether to read in the order of the list, or to sort what is not over.
        either = {"$or": running} if len(running) > 1 else running[0]
        return find_page(self.collection, conditions | either, sort, limit, after)

    def _start(
        self, conditions: dict[str, Any], running: list[dict[str, Any]], *, by_date: bool
    ) -> tuple[Keys | None, dict[str, Any]]:
        """Return the index that a list is to be read from, or None to let MongoDB choose; and the conditions for it.

        Read by date, a list costs little more than the page, except in a search for several words: that reads all
        events with the first of them, so the first should be rare. A list in another order is read by date and sorted
        if that is little. Only these two cases count events, and no more than `FEW` for each of some words.
        """
        words = conditions.get("words", {}).get("$all")
        leads: list[dict[str, Any]]
        if "organizer_id" in conditions:
            index, leads = BY_ORGANIZER, [{"organizer_id": conditions["organizer_id"]}]
        elif words:
            longest = sorted(words, key=len, reverse=True)  # they tend to be rare
            index, leads = BY_WORD, [{"words": word} for word in longest[:MOST_COUNTED]]
        else:
            return BY_DATE if by_date else None, conditions
        if by_date and (index is BY_ORGANIZER or len(words) == 1):
            return index, conditions
        for lead in leads:
            alternatives = [{"status": PUBLISHED} | lead | branch for branch in spans.counting(running)]
            if self.collection.count_documents({"$or": alternatives}, limit=FEW, hint=index) < FEW:
                if index is BY_WORD:
                    conditions = conditions | {"words": {"$all": sorted(words, key=lambda word: word != lead["words"])}}
                return index, conditions
        return index if by_date else None, conditions

    def find_of_organizer(self, organizer_id: ObjectId, sort: Sort, limit: int, after: Position | None) -> Page[Event]:
        """Return a page of one organizer's events, whatever their status."""
        return find_page(self.collection, {"organizer_id": organizer_id}, sort, limit, after)

    def edit(self, event: Event, changes: dict[str, Any], session: ClientSession | None) -> Event:
        """Apply an organizer's edit to an event that was read in the same transaction; return the edited event."""
        edited = self.collection.find_one_and_update(
            {"_id": event["_id"], "version": event["version"], "total_tickets": event["total_tickets"]},
            {"$set": changes, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast(Event, edited)  # the transaction has read this version, so it is there

    def change_status(self, event_id: ObjectId, changes: dict[str, Any], session: ClientSession | None) -> Event:
        """Change the status of an event, as checked in the same transaction; return the changed event."""
        changed = self.collection.find_one_and_update(
            {"_id": event_id},
            {"$set": changes, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast(Event, changed)

    def move_stock(self, moves: dict[ObjectId, dict[str, int]], session: ClientSession | None) -> None:
        """Apply the `Stock.increments` of the same transaction, by event id.

        Each event is written to, even if its increments are empty, so that two transactions that book it collide.
        """
        updates = [
            (
                {"_id": event_id, "available_tickets": {"$gte": -increments.get("available_tickets", 0)}},
                {"$inc": increments or TOUCH, "$set": {"ever_booked": True}},
            )
            for event_id, increments in moves.items()
        ]
        if len(updates) == 1:
            matched = self.collection.update_one(*updates[0], session=session).matched_count
        elif updates:
            matched = self.collection.bulk_write([UpdateOne(*each) for each in updates], session=session).matched_count
        else:
            return
        if matched != len(moves):
            raise StockChanged(f"One of {', '.join(map(str, moves))} no longer has the tickets that were seen.")

    def count(self) -> int:
        """Return the approximate number of events."""
        return self.collection.estimated_document_count()

    def count_ahead(self, organizer_id: ObjectId, now: datetime, most: int, session: ClientSession | None) -> int:
        """Return how many drafts, and other events that are not over, an organizer has; count up to `most`.

        One index answers this; documents are read only for what has an end.
        """
        public = {"status": {"$in": [PUBLISHED, CANCELLED]}, "organizer_id": organizer_id}
        drafts = {"status": DRAFT, "organizer_id": organizer_id}
        ahead = [drafts, *(public | branch for branch in spans.running(now, None))]
        return self.collection.count_documents({"$or": ahead}, limit=most, session=session)

    def find_batch(self, after: ObjectId | None, limit: int, session: ClientSession) -> list[Event]:
        """Return up to `limit` events in the order of their ids, starting after the id `after`."""
        behind = {"_id": {"$gt": after}} if after else {}
        return list(self.collection.find(behind, session=session).sort("_id", ASCENDING).limit(limit))

    def announce(self, event_id: ObjectId, told: GuestView, session: ClientSession | None) -> None:
        """Record what guests have been told."""
        changes = {"$set": {"announced": told}, "$unset": {"interim": ""}}
        self.collection.update_one({"_id": event_id}, changes, session=session)

    def touch(self, event_id: ObjectId, session: ClientSession | None) -> None:
        """Write to an event without changing it, so that other transactions collide."""
        self.collection.update_one({"_id": event_id}, {"$inc": TOUCH}, session=session)

    def delete_never_booked(self, event_id: ObjectId, session: ClientSession | None) -> bool:
        """Delete an event unless it was ever booked; return True if it was deleted."""
        never_booked = {"_id": event_id, "ever_booked": False}
        return self.collection.delete_one(never_booked, session=session).deleted_count == 1
