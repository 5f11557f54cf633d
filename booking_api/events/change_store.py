"""The `changes` collection; `changes` lists the fields of its documents."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage import batch_commands
from .changes import Changes, Numbered

KEPT = timedelta(days=30)


class ChangeStore:
    """Reads and writes changes; they are kept for 30 days."""

    INDEXES = [
        IndexModel([("event_id", ASCENDING), ("last", ASCENDING)], unique=True),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds())),
    ]

    def __init__(self, collection: Collection[Changes]):
        self.collection = collection

    def insert(self, rows: Sequence[Changes], session: ClientSession | None) -> None:
        """Add changes."""
        batch_commands.insert(self.collection, rows, session)

    def newest(self, event_id: ObjectId) -> tuple[ObjectId, int] | None:
        """Return the organizer of an event, and the number of its last change; None if no change is kept."""
        shown = {"organizer_id": 1, "last": 1}
        row = self.collection.find_one({"event_id": event_id}, shown, sort=[("last", DESCENDING)])
        return row and (row["organizer_id"], row["last"])

    def last_before(self, event_id: ObjectId, moment: datetime, session: ClientSession | None = None) -> int:
        """Return the number of the last change of an event that is older than `moment`, or 0.

        It reads backwards all that are newer.
        """
        older = {"event_id": event_id, "at": {"$lt": moment}}
        row = self.collection.find_one(older, {"last": 1}, sort=[("last", DESCENDING)], session=session)
        return row["last"] if row else 0

    def changed_since(
        self, organizer_id: ObjectId, moment: datetime, session: ClientSession | None = None
    ) -> dict[ObjectId, int]:
        """Return the number of the last change of each event of an organizer that has changed since `moment`.

        It reads what all organizers have changed since then, so that must not be long ago.
        """
        stages: list[dict[str, Any]] = [
            {"$match": {"at": {"$gte": moment}, "organizer_id": organizer_id}},
            {"$group": {"_id": "$event_id", "last": {"$max": "$last"}}},
        ]
        return {row["_id"]: row["last"] for row in self.collection.aggregate(stages, session=session)}

    def read(self, event_id: ObjectId, after: int, limit: int, session: ClientSession | None = None) -> list[Numbered]:
        """Return up to `limit` changes of an event that follow the one numbered `after`, without a gap between them.

        If the first of them has another number than `after + 1`, those before it are no longer kept.
        """
        found: list[Numbered] = []
        for each in self.each_after(event_id, after, session, batch_size=limit):
            # MongoDB deletes what is too old document by document, in no certain order.
            if len(found) == limit or (found and each.sequence != found[-1].sequence + 1):
                break
            found.append(each)
        return found

    def oldest(self, event_id: ObjectId) -> int | None:
        """Return the number of an event's oldest change that is kept; None if none is."""
        row = self.collection.find_one({"event_id": event_id}, {"first": 1}, sort=[("last", ASCENDING)])
        return row["first"] if row else None

    def each_after(
        self, event_id: ObjectId, after: int, session: ClientSession | None = None, *, batch_size: int = 100
    ) -> Iterator[Numbered]:
        """Yield all changes of an event that follow the one numbered `after`, in order."""
        following = {"event_id": event_id, "last": {"$gt": after}}
        rows = self.collection.find(following, session=session, batch_size=batch_size).sort("last", ASCENDING)
        with rows:
            for row in rows:
                for sequence, each in enumerate(row["changes"], row["first"]):
                    if sequence > after:
                        yield Numbered(sequence, row["at"], row["organizer_id"], event_id, each)

    def of_events(self, event_ids: list[ObjectId], session: ClientSession | None = None) -> Iterator[Changes]:
        """Yield all changes of these events, by the ids of the events and in order."""
        rows = self.collection.find({"event_id": {"$in": event_ids}}, session=session)
        yield from rows.sort([("event_id", ASCENDING), ("last", ASCENDING)])
