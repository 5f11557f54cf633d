"""Migrations of documents that older versions wrote, where a default value on reading is not enough.

A migration can be repeated, and can run while this version and the one before it serve requests. It does not change
the `version` of a document, because that counts edits.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from pymongo import UpdateOne

from . import search, shop, titles
from .store import EventStore

BATCH = 500


def renew_words(events: EventStore) -> int:
    """Update the search words of all events; return how many events were changed.

    Versions without the search by words stored none, the first versions with it stored any number of them, and then
    came versions that stored only whole words.
    """
    return _renew(events, "words", search.SEARCHED, search.of_event)


def renew_title_keys(events: EventStore) -> int:
    """Update what events are sorted by when sorted by title; return how many events were changed."""
    return _renew(events, "title_key", ("title",), lambda event: titles.sort_key(event["title"]))


def renew_least_prices(events: EventStore) -> int:
    """Update the price by which events are filtered; return how many events were changed."""
    return _renew(events, "min_price", ("ticket_types",), lambda event: shop.least_price(event["ticket_types"]))


def _renew(events: EventStore, name: str, sources: tuple[str, ...], derived: Callable[[Mapping[str, Any]], Any]) -> int:
    """Update a field that is derived from others; return how many events were changed."""
    changed = 0
    found = iter(events.collection.find({}, dict.fromkeys((*sources, name, "version"), 1)))
    while batch := list(islice(found, BATCH)):
        stale = [(event, fresh) for event in batch if event.get(name) != (fresh := derived(event))]
        if stale:
            # An event that is edited meanwhile is left out: the edit has updated the field.
            changes = [
                UpdateOne({"_id": event["_id"], "version": event["version"]}, {"$set": {name: fresh}})
                for event, fresh in stale
            ]
            changed += events.collection.bulk_write(changes, ordered=False).modified_count
    return changed
