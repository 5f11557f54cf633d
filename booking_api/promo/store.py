"""The `promo_codes` collection; `model` lists the fields of its documents."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from ..storage import batch_commands
from ..storage.sort import Page, Position, Sort, find_page
from .model import PromoCode

DUPLICATE_KEY = 11000
SORTS = {
    "created_at": Sort("created_at"),
    "-created_at": Sort("created_at", descending=True),
    "code": Sort("key"),
    "-code": Sort("key", descending=True),
}


class KeyTaken(Exception):
    """Another transaction has added a code alike since this one has looked."""


def _index(*names: str, **options: Any) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names], **options)


class CodeStore:
    """Reads and writes promo codes."""

    INDEXES = [
        _index("event_id", "key", unique=True),
        _index("event_id", "key", "_id"),  # for lists by code
        _index("event_id", "created_at", "_id"),
    ]

    def __init__(self, collection: MongoCollection[PromoCode]):
        self.collection = collection

    def find(self, event_id: ObjectId, code_id: ObjectId, session: ClientSession | None = None) -> PromoCode | None:
        """Return a code of an event, or None if it has none with this id."""
        return self.collection.find_one({"_id": code_id, "event_id": event_id}, session=session)

    def by_id(self, code_ids: Sequence[ObjectId], session: ClientSession | None) -> dict[ObjectId, PromoCode]:
        """Return the codes with these ids that exist."""
        return {code["_id"]: code for code in self.collection.find({"_id": {"$in": list(code_ids)}}, session=session)}

    def find_named(
        self, keys: Mapping[ObjectId, Collection[str]], session: ClientSession | None = None
    ) -> dict[tuple[ObjectId, str], PromoCode]:
        """Return the codes of events that have these keys, by event and key, in one query."""
        named: list[dict[str, Any]] = [{"event_id": each, "key": {"$in": list(of)}} for each, of in keys.items()]
        conditions = named[0] if len(named) == 1 else {"$or": named}
        return {(code["event_id"], code["key"]): code for code in self.collection.find(conditions, session=session)}

    def present(self, event_id: ObjectId, keys: Collection[str], session: ClientSession | None) -> set[str]:
        """Return those of these keys that codes of an event have."""
        alike = {"event_id": event_id, "key": {"$in": list(keys)}}
        return {row["key"] for row in self.collection.find(alike, {"key": 1}, session=session)}

    def count(self, event_id: ObjectId, session: ClientSession | None) -> int:
        """Return how many codes an event has."""
        return self.collection.count_documents({"event_id": event_id}, session=session)

    def find_page(
        self, event_id: ObjectId, beginning: str | None, sort: Sort, limit: int, after: Position | None
    ) -> Page[PromoCode]:
        """Return a page of an event's codes, or of those whose key begins like this."""
        conditions: dict[str, Any] = {"event_id": event_id}
        if beginning:
            conditions["key"] = {"$regex": f"^{re.escape(beginning)}"}
        return find_page(self.collection, conditions, sort, limit, after)

    def find_batch(self, after: ObjectId | None, limit: int, session: ClientSession | None) -> list[PromoCode]:
        """Return up to `limit` codes of all events in the order of their ids, after this one."""
        conditions = {} if after is None else {"_id": {"$gt": after}}
        return list(self.collection.find(conditions, session=session).sort("_id", ASCENDING).limit(limit))

    def insert(self, codes: Sequence[PromoCode], session: ClientSession | None) -> None:
        """Add codes of one event, all or none; raises `KeyTaken`."""
        try:
            batch_commands.insert(self.collection, codes, session)
        except BulkWriteError as error:
            if all(each["code"] == DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", ())):
                raise KeyTaken from error
            raise

    def update(self, code_id: ObjectId, changes: Mapping[str, Any], session: ClientSession | None) -> PromoCode | None:
        """Edit a code, and return it as it is then; raises `KeyTaken`."""
        edit = {"$set": dict(changes), "$inc": {"version": 1}}
        try:
            return self.collection.find_one_and_update(
                {"_id": code_id}, edit, return_document=ReturnDocument.AFTER, session=session
            )
        except DuplicateKeyError as error:
            raise KeyTaken from error

    def delete(self, event_id: ObjectId, code_id: ObjectId, session: ClientSession | None) -> bool:
        """Delete a code of an event; return whether there was one."""
        return self.collection.delete_one({"_id": code_id, "event_id": event_id}, session=session).deleted_count == 1

    def delete_of_event(self, event_id: ObjectId, session: ClientSession | None) -> None:
        """Delete all codes of an event."""
        self.collection.delete_many({"event_id": event_id}, session=session)

    def use(self, tickets: Counter[ObjectId], bookings: Counter[ObjectId], session: ClientSession | None) -> None:
        """Add to the uses of codes, by their ids; what is negative is given back. A deleted code has none."""
        ids = [each for each in tickets.keys() | bookings.keys() if tickets[each] or bookings[each]]
        uses = [{"used_tickets": tickets[each], "used_bookings": bookings[each]} for each in ids]
        updates = [({"_id": each}, {"$inc": use}) for each, use in zip(ids, uses, strict=True)]
        if updates:
            batch_commands.update(self.collection, updates, session)
