"""What brings the documents of older versions up to date where a default at read will not do.

A migration can be run again, and while this version and the one before it serve; it changes no document's version, for
nobody has edited anything.
"""

from itertools import islice

from pymongo import UpdateOne

from . import search
from .store import EventStore

BATCH = 500


def renew_words(events: EventStore) -> int:
    """Give events the words they are found by. How many it changed.

    Versions before the search by words wrote none, and those before their bounds wrote any number of them.
    """
    changed = 0
    found = iter(events.collection.find({}, dict.fromkeys((*search.SEARCHED, "words", "version"), 1)))
    while batch := list(islice(found, BATCH)):
        stale = [(event, fresh) for event in batch if event.get("words") != (fresh := search.of_event(event))]
        if stale:
            # One that is edited meanwhile has its words from the edit.
            changes = [
                UpdateOne({"_id": event["_id"], "version": event["version"]}, {"$set": {"words": fresh}})
                for event, fresh in stale
            ]
            changed += events.collection.bulk_write(changes, ordered=False).modified_count
    return changed
