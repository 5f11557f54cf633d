"""The `events` collection; `model` lists the fields of its documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage import batch_commands
from ..storage.sort import Keys, Page, Position, Sort, find_page
from . import hidden, spans
from .model import Event, EventDates, GuestView
from .rules import CANCELLED, DRAFT, PUBLISHED
from .stock import Stock

SORTS = {
    "date": Sort("date"),
    "-date": Sort("date", descending=True),
    "created_at": Sort("created_at"),
    "-created_at": Sort("created_at", descending=True),
    "title": Sort("title_key"),
}
OWN_SORT = SORTS["-created_at"]
UNREAD = ("words",)
UNSHOWN = (*UNREAD, "staff")  # which may be long: only where permissions are asked for is it read
PROJECTION = dict.fromkeys(UNREAD, 0)
SHOWN = dict.fromkeys(UNSHOWN, 0)
SEQUENCE = {"sequence": 1}
SOLD_FROM = ("_id", "version", "status", "reserved_from")
REVISED = {"revision": 1}  # part of every write, which makes other transactions that write to the event collide


def _keys(*names: str) -> Keys:
    return [(name, ASCENDING) for name in names]


def _index(*names: str) -> IndexModel:
    return IndexModel(_keys(*names))


# Where the public list by date begins to read; the end is there so that what is over is left out without reading it.
ENDING = ("span", "date", "_id", "end_date")
BY_DATE = _keys("status", *ENDING, "min_price")
BY_DATE_OF = {
    # The words first: only then does MongoDB consider to start from each of them, and takes the rarest.
    "words": _keys("words", "status", *ENDING),
    **{name: _keys("status", name, *ENDING) for name in ("organizer_id", "category", "tags")},
}


class EventStore:
    """Reads and writes events; every change that could race with another is one conditional update."""

    INDEXES = [
        _index("status", "created_at", "_id"),
        _index("status", "title_key", "_id"),
        _index("organizer_id", "created_at", "_id"),
        _index("staff.user_id", "created_at", "_id"),
        *(_index("status", name, by, "_id") for name in ("category", "tags") for by in ("created_at", "title_key")),
        IndexModel(BY_DATE),
        *map(IndexModel, BY_DATE_OF.values()),
    ]

    def __init__(self, collection: Collection[Event]):
        self.collection = collection

    def insert(self, event: Event, session: ClientSession | None) -> Event:
        """Add an event; return it as it is read."""
        self.collection.insert_one(event, session=session)
        return cast(Event, {name: value for name, value in event.items() if name not in UNREAD})

    def find(self, event_id: ObjectId, session: ClientSession | None = None) -> Event | None:
        """Return an event with its staff, or None if it does not exist."""
        return self.collection.find_one({"_id": event_id}, PROJECTION, session=session)

    def find_many(self, event_ids: list[ObjectId], session: ClientSession | None = None) -> list[Event]:
        """Return the events with these ids that exist, without their staff."""
        # 0.19 ms of CPU for one, of which a ping has 0.13. One id in place of the list, raw BSON, a command and an
        # aggregation were measured too: none takes less.
        return list(self.collection.find({"_id": {"$in": event_ids}}, SHOWN, session=session))

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
        since: datetime | None,
        until: datetime | None,
        organizer_id: ObjectId | None,
        available: bool | None,
        words: list[str] | None,
        category: str | None,
        tag: str | None,
        price_max: int | None,
        count: bool,
    ) -> Page[Event]:
        """Return a page of published events that run between two times; with `count`, how many are on all pages."""
        running = spans.running(since, until)
        conditions: dict[str, Any] = {"status": PUBLISHED}
        if organizer_id is not None:
            conditions["organizer_id"] = organizer_id
        if available is not None:
            conditions |= hidden.on_sale(available)
        if words is not None:
            conditions["words"] = {"$all": words}
        if category is not None:
            conditions["category"] = category
        if tag is not None:
            conditions["tags"] = tag
        if price_max is not None:
            conditions["min_price"] = {"$lte": price_max}
        if sort.field == "date":
            index = _dated(conditions)
            return find_page(self.collection, conditions, sort, limit, after, UNSHOWN, count, running, index)
        # Let MongoDB try whether to read in the order of the list, or to sort what is not over.
        return find_page(self.collection, conditions | {"$or": running}, sort, limit, after, UNSHOWN, count)

    def find_ids_of_organizer(self, organizer_id: ObjectId, after: ObjectId | None, limit: int) -> list[ObjectId]:
        """Return up to `limit` ids of one organizer's events, in order; one index has all of their ids."""
        behind = {"_id": {"$gt": after}} if after else {}
        found = self.collection.find({"organizer_id": organizer_id} | behind, {"_id": 1}).sort("_id", ASCENDING)
        return [event["_id"] for event in found.limit(limit)]

    def edit(self, event: Event, edit: dict[str, Any], session: ClientSession | None, *, counted: bool) -> Event:
        """Apply an organizer's edit to an event that was read in the same transaction; return the edited event.

        If it is `counted`, the caller has to write one change.
        """
        edited = self.collection.find_one_and_update(
            {"_id": event["_id"], "version": event["version"], "total_tickets": event["total_tickets"]},
            {"$set": edit, "$inc": {"version": 1, "sequence": int(counted)} | REVISED},
            PROJECTION,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast(Event, edited)  # the transaction has read this version, so it is there

    def change_status(self, event_id: ObjectId, changes: dict[str, Any], session: ClientSession | None) -> Event:
        """Change the status of an event, as checked in the same transaction; return the changed event.

        The caller has to write one change.
        """
        changed = self.collection.find_one_and_update(
            {"_id": event_id},
            {"$set": changes, "$inc": {"version": 1, "sequence": 1} | REVISED},
            PROJECTION,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast(Event, changed)

    def move_stock(self, stocks: Sequence[Stock], session: ClientSession | None) -> dict[ObjectId, int] | None:
        """Write these stocks in the transaction of the session; return the number of each event's last change, by id.

        Returns None if an event is not as its stock has it: it is of another version or status, is reserved for its
        waiting list from another time on, or has fewer tickets of some type than are taken (what lists count of them
        may be outdated, see `hidden`). Each event is written to,
        even if its increments are empty, so that two transactions that book it collide.
        """
        updates = []
        for stock in stocks:
            event, increments = stock.event, stock.increments()
            # What a sale depends on, and no edit changes unseen
            conditions: dict[str, Any] = {name: event.get(name) for name in SOLD_FROM}
            for name, change in increments.items():
                if change < 0 and name != hidden.SHOWN_AVAILABLE:
                    conditions[name] = {"$gte": -change}
            update: dict[str, Any] = {"$inc": {**increments, "sequence": len(stock.changes), **REVISED}}
            if stock.moved or stock.sets:
                update["$set"] = {"ever_booked": True, **stock.sets} if stock.moved else stock.sets
            if stock.lists_used:
                update["$addToSet"] = {"used_lists": {"$each": sorted(stock.lists_used)}}
            updates.append((conditions, update))
        if len(updates) == 1:
            event_id = stocks[0].event["_id"]
            after = ReturnDocument.AFTER
            moved = self.collection.find_one_and_update(*updates[0], SEQUENCE, return_document=after, session=session)
            return moved and {event_id: moved["sequence"]}
        if batch_commands.update(self.collection, updates, session) < len(updates):
            return None
        ids = [stock.event["_id"] for stock in stocks]
        events = batch_commands.find(self.collection, ids, SEQUENCE, session)
        return {event["_id"]: event["sequence"] for event in events}

    def count(self) -> int:
        """Return the approximate number of events."""
        return self.collection.estimated_document_count()

    def count_ahead(self, organizer_id: ObjectId, now: datetime, most: int, session: ClientSession | None) -> int:
        """Return how many drafts, and other events that are not over, an organizer has; count up to `most`.

        One index answers this without reading documents.
        """
        public = {"status": {"$in": [PUBLISHED, CANCELLED]}, "organizer_id": organizer_id}
        drafts = {"status": DRAFT, "organizer_id": organizer_id}
        ahead = [drafts, *(public | branch for branch in spans.running(now, None))]
        return self.collection.count_documents({"$or": ahead}, limit=most, session=session)

    def find_batch(self, after: ObjectId | None, limit: int, session: ClientSession | None) -> list[Event]:
        """Return up to `limit` events without their staff in the order of their ids, starting after the id `after`."""
        behind = {"_id": {"$gt": after}} if after else {}
        return list(self.collection.find(behind, SHOWN, session=session).sort("_id", ASCENDING).limit(limit))

    def announce(self, event_id: ObjectId, told: GuestView, session: ClientSession | None) -> None:
        """Record what guests have been told."""
        changes = {"$set": {"announced": told}, "$unset": {"interim": ""}, "$inc": REVISED}
        self.collection.update_one({"_id": event_id}, changes, session=session)

    def touch(self, event_id: ObjectId, session: ClientSession | None) -> None:
        """Write to an event without changing what it says, so that other transactions collide."""
        self.collection.update_one({"_id": event_id}, {"$inc": REVISED}, session=session)

    def find_misnamed(self, organizer_id: ObjectId, name: str | None, limit: int) -> list[ObjectId]:
        """Return the ids of up to `limit` events of an organizer that keep another name, or with None that keep one."""
        found = self.collection.find({"organizer_id": organizer_id, "organizer_name": {"$ne": name}}, {"_id": 1})
        return [event["_id"] for event in found.limit(limit)]

    def name_organizer(self, event_ids: list[ObjectId], name: str | None, session: ClientSession | None) -> int:
        """Store the name of their organizer in these events, or none; return how many had another."""
        misnamed = {"_id": {"$in": event_ids}, "organizer_name": {"$ne": name}}
        change = {"$unset": {"organizer_name": ""}} if name is None else {"$set": {"organizer_name": name}}
        return self.collection.update_many(misnamed, change | {"$inc": REVISED}, session=session).modified_count

    def organizers(self) -> list[ObjectId]:
        """Return the ids of all who have made an event."""
        rows = self.collection.aggregate([{"$group": {"_id": "$organizer_id"}}], allowDiskUse=True)
        return [row["_id"] for row in rows]

    def delete_never_booked(self, event_id: ObjectId, session: ClientSession | None) -> bool:
        """Delete an event unless it was ever booked; return True if it was deleted."""
        never_booked = {"_id": event_id, "ever_booked": False}
        return self.collection.delete_one(never_booked, session=session).deleted_count == 1


def _dated(conditions: dict[str, Any]) -> Keys | None:
    """Return the index for a list by date, or None to let MongoDB compare several: it starts with the rarest filter."""
    filters = [name for name in BY_DATE_OF if name in conditions]
    if len(filters) > 1 or len(conditions.get("words", {}).get("$all", ())) > 1:
        return None
    return BY_DATE_OF[filters[0]] if filters else BY_DATE
