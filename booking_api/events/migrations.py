"""Migrations of documents that older versions wrote, where a default value on reading is not enough.

A migration can be repeated, and can run while this version and the one before it serve requests. It does not change
the `version` of a document, because that counts edits.
"""

from collections.abc import Collection
from itertools import islice
from typing import Any

from pymongo import UpdateOne

from .derived import SOURCES
from .model import Event
from .store import EventStore

BATCH = 500
ATTEMPTS = 10  # for events that change meanwhile
RENEWED = {
    "words": "search words",
    "span": "spans",
    "title_key": "title keys",
    "min_price": "least prices",
    "shown_available": "counts of shown tickets",
}


def renew(events: EventStore, name: str) -> int:
    """Update a derived field of all events; return how many events were changed.

    Versions before did not store it, or made it differently, or changed an event without it.
    """
    sources, derive = SOURCES[name]
    changed = 0
    projection = dict.fromkeys((*sources, name, "version"), 1)
    found = iter(events.collection.find({}, projection))
    while batch := list(islice(found, BATCH)):
        for _ in range(ATTEMPTS):
            stale = [(event, fresh) for event in batch if event.get(name) != (fresh := derive(event))]
            if not stale:
                break
            changes = [UpdateOne(_as_read(event, sources), {"$set": {name: fresh}}) for event, fresh in stale]
            written = events.collection.bulk_write(changes, ordered=False).modified_count
            changed += written
            if written == len(stale):
                break
            ids = [event["_id"] for event, _ in stale]
            batch = list(events.collection.find({"_id": {"$in": ids}}, projection))
    return changed


def _as_read(event: Event, sources: Collection[str]) -> dict[str, Any]:
    """Return the condition that what a field follows from is as it was read.

    Only an edit changes the most of that, and only sales change the numbers of ticket types.
    """
    same = {"ticket_types": event["ticket_types"]} if "ticket_types" in sources else {}
    return {"_id": event["_id"], "version": event["version"]} | same
