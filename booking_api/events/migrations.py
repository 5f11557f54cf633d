"""Migrations of documents that older versions wrote, where a default value on reading is not enough.

A migration can be repeated, and can run while this version and the one before it serve requests. It does not change
the `version` of a document, because that counts edits.
"""

from itertools import islice

from pymongo import UpdateOne

from . import search
from .store import EventStore

BATCH = 500


def renew_words(events: EventStore) -> int:
    """Update the search words of all events; return how many events were changed.

    Versions without the search by words stored none, the first versions with it stored any number of them, and then
    came versions that stored only whole words.
    """
    changed = 0
    found = iter(events.collection.find({}, dict.fromkeys((*search.SEARCHED, "words", "version"), 1)))
    while batch := list(islice(found, BATCH)):
        stale = [(event, fresh) for event in batch if event.get("words") != (fresh := search.of_event(event))]
        if stale:
            # An event that is edited meanwhile is left out: the edit has updated its words.
            changes = [
                UpdateOne({"_id": event["_id"], "version": event["version"]}, {"$set": {"words": fresh}})
                for event, fresh in stale
            ]
            changed += events.collection.bulk_write(changes, ordered=False).modified_count
    return changed
