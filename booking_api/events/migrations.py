"""Migrations of documents that older versions wrote, where a default value on reading is not enough.

A migration can be repeated, and can run while this version and the one before it serve requests. It does not change
the `version` of a document, because that counts edits.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pymongo import UpdateOne

from . import search, spans
from .store import EventStore

BATCH = 500


def derived(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event that are stored for lists alone, and follow from the others."""
    return {"words": search.of_event(event), "span": spans.span_of(event)}


def renew_derived(events: EventStore) -> int:
    """Update what events store for lists alone; return how many events were changed.

    Versions before did not store these fields, made them differently, or changed an event without them.
    """
    changed = 0
    found = iter(events.collection.find({}))
    while batch := list(islice(found, BATCH)):
        pairs = [(event, derived(event)) for event in batch]
        stale = [(event, fresh) for event, fresh in pairs if not fresh.items() <= event.items()]
        if stale:
            # An event that is edited meanwhile is left out: the edit has updated them.
            changes = [
                UpdateOne({"_id": event["_id"], "version": event["version"]}, {"$set": fresh}) for event, fresh in stale
            ]
            changed += events.collection.bulk_write(changes, ordered=False).modified_count
    return changed
