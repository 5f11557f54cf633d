"""The audit of the feed: its numbers have no gap, and it says of bookings what they are. Only reads, in snapshots.

It is whole if it begins with the making of the event: then it must tell of every booking. Otherwise older changes are
no longer kept, or an older version has made the event, and only the bookings that it tells of are compared.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..events.change_store import KEPT, ChangeStore
from ..events.changes import EVENT_CREATED, Changes
from ..events.model import Event
from ..events.reader import EventReader
from .facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD
from .store import BookingStore

EVENT_BATCH = 200
EXPIRY_GRACE = timedelta(days=1)  # MongoDB may delete what is too old late, but never early
FOLLOWS: dict[str, tuple[str | None, ...]] = {
    BOOKING_HELD.name: (None,),
    BOOKING_CONFIRMED.name: (None, "held"),
    BOOKING_CANCELLED.name: ("held", "confirmed"),
    BOOKING_EXPIRED.name: ("held",),
}  # which status a booking had before each change; None if it was new

Told = dict[ObjectId, dict[str, Any]]  # what the feed last said of each booking


class FeedAudit:
    """Compares each event's feed with its counter and its bookings."""

    def __init__(
        self,
        changes: ChangeStore,
        bookings: BookingStore,
        events: EventReader,
        open_session: Callable[[], ClientSession],
        clock: Callable[[], datetime],
    ):
        self._changes = changes
        self._bookings = bookings
        self._events = events
        self._open_session = open_session
        self._clock = clock

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of each event, a list that may be empty."""
        last = None
        while True:
            with self._open_session() as session:
                events = self._events.batch(last, EVENT_BATCH, session)
                yield from self._faults(events, session)
            if not events:
                return
            last = events[-1]["_id"]

    def _faults(self, events: list[Event], session: ClientSession) -> Iterator[list[str]]:
        ids = [event["_id"] for event in events]
        feeds = _by_event(self._changes.of_events(ids, session))
        bookings = _by_event(self._bookings.states(ids, session))
        for event in events:  # in the order of the ids, like both of the others
            found = faults(event, feeds(event["_id"]), bookings(event["_id"]), self._clock())
            yield [f"event {event['_id']}: {fault}" for fault in found]


def faults(event: Event, feed: Iterable[Changes], bookings: Iterable[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Yield the faults of one event's feed, given its changes in order and the states of its bookings."""
    last, whole, told = None, False, Told()
    for row in feed:
        if last is None:
            whole = row["first"] == 1 and row["changes"][0]["type"] == EVENT_CREATED
        if (last is not None and row["first"] != last + 1) or row["last"] - row["first"] + 1 != len(row["changes"]):
            yield f"change {row['first']} follows change {last}"
        yield from _follow(row, told, whole=whole)
        last = row["last"]
    counted = event.get("sequence", 0)
    recent = now - event["updated_at"] < KEPT - EXPIRY_GRACE
    if last != counted and (last is not None or (counted and recent)):
        yield f"its last change is {last}, and {counted} were counted"
    yield from _compare(told, bookings, whole=whole)


def _follow(row: Changes, told: Told, *, whole: bool) -> Iterator[str]:
    for number, change in enumerate(row["changes"], row["first"]):
        if "booking" in change["data"]:
            booking = change["data"]["booking"]
            before = told.get(booking["id"])
            unknown = before is None and not whole
            if not unknown and (before and before["status"]) not in FOLLOWS[change["type"]]:
                yield f"change {number} is {change['type']} of a booking that was {before and before['status']}"
            told[booking["id"]] = booking


def _compare(told: Told, bookings: Iterable[dict[str, Any]], *, whole: bool) -> Iterator[str]:
    missing = different = 0
    for booking in bookings:
        said = told.pop(booking["_id"], None)
        if said is None:
            missing += whole
        else:
            different += any(said[name] != booking[name] for name in ("status", "quantity", "amount"))
    if missing:
        yield f"its feed does not tell of {missing} bookings"
    if different:
        yield f"its feed tells otherwise of {different} bookings"
    if told:
        yield f"its feed tells of {len(told)} bookings that do not exist"


def _by_event(rows: Iterator[Any]) -> Callable[[ObjectId], Iterator[Any]]:
    """Return a function that returns the rows of an event; it must be asked in the order in which the rows come."""
    groups = groupby(rows, key=itemgetter("event_id"))
    ahead: list[tuple[ObjectId, Iterator[Any]]] = []

    def rows_of(event_id: ObjectId) -> Iterator[Any]:
        if not ahead:
            ahead.extend([group] if (group := next(groups, None)) else [])
        return ahead.pop()[1] if ahead and ahead[0][0] == event_id else iter(())

    return rows_of
