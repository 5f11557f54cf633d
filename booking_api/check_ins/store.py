"""The `scans` collection; `model` lists the fields of its documents."""

from collections.abc import Collection as CollectionOf
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage import batch_commands
from ..storage.sort import Page, Position, Sort, find_page
from .model import ScanRow

NEWEST_FIRST = Sort("at", descending=True)


def _index(*names: str, **options: Any) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names], **options)


class ScanStore:
    """Reads and writes scans; those of an event are kept as long as it is."""

    INDEXES = [
        # The guard: whatever went wrong before, no ticket is in twice by one list.
        _index("ticket_id", "list", unique=True, partialFilterExpression={"holds": True}),
        _index("event_id", "nonce", unique=True, partialFilterExpression={"nonce": {"$exists": True}}),
        _index("event_id", "at", "_id"),
    ]

    def __init__(self, collection: Collection[ScanRow]):
        self.collection = collection

    def with_nonces(
        self, event_id: ObjectId, nonces: CollectionOf[str], session: ClientSession | None
    ) -> dict[str, ScanRow]:
        """Return the scans of an event that were sent with these nonces, by nonce."""
        found = self.collection.find({"event_id": event_id, "nonce": {"$in": list(nonces)}}, session=session)
        return {row["nonce"]: row for row in found}

    def write(
        self,
        new: Sequence[ScanRow],
        outdone: list[ObjectId],
        undone: dict[ObjectId, tuple[datetime, ObjectId]],
        session: ClientSession | None,
    ) -> None:
        """Log new scans, after others have ended to hold their tickets in the same transaction."""
        if outdone:
            self.collection.update_many({"_id": {"$in": outdone}}, {"$unset": {"holds": ""}}, session=session)
        for scan_id, (at, by) in undone.items():
            change = {"$unset": {"holds": ""}, "$set": {"undone_at": at, "undone_by": by}}
            self.collection.update_one({"_id": scan_id}, change, session=session)
        if new:
            batch_commands.insert(self.collection, new, session)

    def page(self, event_id: ObjectId, limit: int, after: Position | None) -> Page[ScanRow]:
        """Return a page of an event's scans, the latest first."""
        return find_page(self.collection, {"event_id": event_id}, NEWEST_FIRST, limit, after)

    def holding(self, event_ids: list[ObjectId], session: ClientSession | None) -> Iterator[dict[str, Any]]:
        """Yield the scans by which tickets of these events are in, by the ids of the events."""
        shown = {"event_id": 1, "booking_id": 1, "ticket_id": 1, "list": 1, "at": 1}
        rows = self.collection.find({"event_id": {"$in": event_ids}, "holds": True}, shown, session=session)
        yield from cast(Iterator[dict[str, Any]], rows.sort("event_id", ASCENDING))
