"""Reads the feed of an event."""

from typing import Any

from bson import ObjectId

from ..errors import ValidationFailed
from ..events.change_store import ChangeStore
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from .envelopes import fields_of
from .rules import ChangesExpired


class FeedService:
    """Shows the changes of events to those who may follow them."""

    def __init__(self, changes: ChangeStore, events: EventReader):
        self._changes = changes
        self._events = events

    def read(self, event_id: ObjectId, caller_id: ObjectId, after: int | None, limit: int) -> dict[str, Any]:
        """Return a page of an event's changes: those that follow the one numbered `after`, or from the oldest.

        Raises `EventNotFound` and `NotYourEvent`; `ChangesExpired` if not all that follow are kept; and
        `ValidationFailed` if `after` is a number that no change has yet.
        """
        event = self._events.require(MANAGER, event_id, caller_id)
        last = event.get("sequence", 0)
        if after is not None and after > last:
            raise ValidationFailed({"after": [f"The last change of this event has the number {last}."]})
        oldest = self._changes.oldest(event_id) or last + 1
        start = oldest - 1 if after is None else after
        found = self._changes.read(event_id, start, limit)
        oldest = max(oldest, found[0].sequence) if found and found[0].sequence > start + 1 else oldest
        if start < oldest - 1:
            raise ChangesExpired(f"The changes before number {oldest} are no longer kept.", oldest=oldest)
        return {
            "items": [fields_of(each) for each in found],
            "next_after": found[-1].sequence if found else start,
            "oldest": oldest,
        }
