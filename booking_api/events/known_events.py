"""Events as this process last saw them, so that a sale need not read them first.

What is known may be outdated at any time. It is only ever a guess: the update that a sale ends with checks it (see
`Inventory.move_stock`), so a wrong guess costs another attempt and sells nothing wrong.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

from bson import ObjectId

from .model import Event

MOST = 500  # an event may have 50 KB
SECONDS = 60.0  # then somebody who changes an event by hand, without counting its version, is noticed all the same


class KnownEvents:
    """The events that were seen last, up to `MOST` and each for `SECONDS`. Safe to use from several threads."""

    def __init__(self) -> None:
        self._events: OrderedDict[ObjectId, tuple[float, Event]] = OrderedDict()
        self._mutex = threading.Lock()

    def find(self, event_ids: Iterable[ObjectId]) -> dict[ObjectId, Event]:
        """Return the known events among these ids, by id."""
        earliest = time.monotonic() - SECONDS
        found = {}
        with self._mutex:
            for event_id in event_ids:
                seen_at, event = self._events.get(event_id, (0.0, None))
                if event is not None and seen_at > earliest:
                    found[event_id] = event
        return found

    def saw(self, events: Iterable[Event]) -> None:
        """Keep events that were just read from the database."""
        now = time.monotonic()
        with self._mutex:
            for event in events:
                self._events[event["_id"]] = now, event
                self._events.move_to_end(event["_id"])
            while len(self._events) > MOST:
                self._events.popitem(last=False)

    def sold(self, events: Iterable[Event]) -> None:
        """Keep what a sale has made of events, for as long as they were known for already."""
        with self._mutex:
            for event in events:
                seen = self._events.pop(event["_id"], None)
                if seen is not None:
                    self._events[event["_id"]] = seen[0], event  # the last again

    def forget(self, event_ids: Iterable[ObjectId]) -> None:
        """Forget events that were not as they were known."""
        with self._mutex:
            for event_id in event_ids:
                self._events.pop(event_id, None)
