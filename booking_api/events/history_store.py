"""The `event_history` collection."""

from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import HistoryRow

# The order in which the changes were committed, whatever the clocks of several machines say: each has a version of the
# event to itself. Changes of its staff, which are no edits, follow the edit that they came after.
SORT = Sort("version", descending=True)


class HistoryStore:
    """Reads and writes what was changed about events."""

    INDEXES = [IndexModel([("event_id", ASCENDING), ("version", ASCENDING), ("_id", ASCENDING)])]

    def __init__(self, collection: Collection[HistoryRow]):
        self.collection = collection

    def insert(self, row: HistoryRow, session: ClientSession | None) -> None:
        """Add a change."""
        self.collection.insert_one(row, session=session)

    def find(self, event_id: ObjectId, limit: int, after: Position | None) -> Page[HistoryRow]:
        """Return a page of an event's changes, the latest first."""
        return find_page(self.collection, {"event_id": event_id}, SORT, limit, after)

    def delete(self, event_id: ObjectId, session: ClientSession | None, *, up_to: int | None = None) -> None:
        """Delete the changes of an event: all, or those up to a version."""
        conditions: dict[str, Any] = {"event_id": event_id}
        if up_to is not None:
            conditions["version"] = {"$lte": up_to}
        self.collection.delete_many(conditions, session=session)

    def delete_but_latest(self, event_id: ObjectId, most: int, session: ClientSession | None) -> None:
        """Delete the changes of an event except its `most` latest, which are counted in the index."""
        latest_first = [("version", DESCENDING), ("_id", DESCENDING)]
        cursor = self.collection.find({"event_id": event_id}, {"_id": 1, "version": 1}, session=session)
        for row in cursor.sort(latest_first).skip(most).limit(1):
            earlier = [
                {"version": {"$lt": row["version"]}},
                {"version": row["version"], "_id": {"$lte": row["_id"]}},
            ]
            self.collection.delete_many({"event_id": event_id, "$or": earlier}, session=session)
