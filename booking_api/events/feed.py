"""Writes the changes of events, and says that there are some to those who follow them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..storage.client import UnitOfWork
from .change_store import ChangeStore
from .changes import Change, Changes
from .facts import FEED_GREW, OfEvent
from .model import Event


class Feed:
    """Writes changes in the transaction that makes them.

    `is_followed` says whether anybody follows the events of an organizer; only then does it cost a job to tell them.
    """

    def __init__(self, changes: ChangeStore, outbox: Outbox, clock: Callable[[], datetime]):
        self._changes = changes
        self._outbox = outbox
        self._clock = clock
        self.is_followed: Callable[[ObjectId], bool] = lambda organizer_id: False

    def append(self, unit: UnitOfWork, news: Sequence[tuple[Event, int, Sequence[Change]]]) -> None:
        """Add changes in the transaction of `unit`: an event, what its counter is after them, and the changes."""
        now = self._clock()
        rows: list[Changes] = [
            {
                "_id": changes[0]["_id"],  # drawing another costs more than to encode it
                "event_id": event["_id"],
                "organizer_id": event["organizer_id"],
                "first": last - len(changes) + 1,
                "last": last,
                "at": now,
                "changes": list(changes),
            }
            for event, last, changes in news
            if changes
        ]
        if rows:
            self._changes.insert(rows, unit.session)
        followed = [OfEvent(event_id=row["event_id"]) for row in rows if self.is_followed(row["organizer_id"])]
        self._outbox.record(unit, FEED_GREW, followed)
