"""Migrations of documents that older versions wrote, where a default value on reading is not enough.

A migration can be repeated, and can run while this version and the one before it serve requests. It does not change
the `version` of a document, because that counts edits.
"""

from itertools import islice

from pymongo import UpdateOne

from .derived import SOURCES
from .store import EventStore

BATCH = 500
RENEWED = {"words": "search words", "span": "spans", "title_key": "title keys", "min_price": "least prices"}


def renew(events: EventStore, name: str) -> int:
    """Update a derived field of all events; return how many events were changed.

    Versions before did not store it, or made it differently, or changed an event without it.
    """
    sources, derive = SOURCES[name]
    changed = 0
    found = iter(events.collection.find({}, dict.fromkeys((*sources, name, "version"), 1)))
    while batch := list(islice(found, BATCH)):
        stale = [(event, fresh) for event in batch if event.get(name) != (fresh := derive(event))]
        if stale:
            # An event that is edited meanwhile is left out: the edit has updated the field.
            changes = [
                UpdateOne({"_id": event["_id"], "version": event["version"]}, {"$set": {name: fresh}})
                for event, fresh in stale
            ]
            changed += events.collection.bulk_write(changes, ordered=False).modified_count
    return changed
