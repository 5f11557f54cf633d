"""The audit: checks each event's stock against its bookings. Only reads, in snapshots, so it can run during sales."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bson import ObjectId

from ..events.hidden import shown_available
from ..events.model import Event
from ..events.reader import EventReader
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..storage.client import Transactions
from ..storage.idempotency_keys import KEEP
from .rules import HELD
from .store import BookingStore

EVENT_BATCH = 200
# A key can be used again a day after its request began, and the booking is created up to some minutes after that.
SAME_KEY = KEEP - timedelta(minutes=10)
HOLD_GRACE = timedelta(minutes=5)  # how late an expiry may be while a process runs; without one it may be later


class Audit:
    """Compares each event's stock with its bookings."""

    def __init__(
        self,
        bookings: BookingStore,
        events: EventReader,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._bookings = bookings
        self._events = events
        self._transactions = transactions
        self._clock = clock
        self.checked = 0

    def size(self) -> int:
        """Return the approximate number of events to check."""
        return self._events.count()

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of each event, a list that may be empty; then missing events, and keys used twice."""
        for events, session in self._events.in_snapshots(self._transactions):
            rows = defaultdict(list)
            for row in self._bookings.summarize([event["_id"] for event in events], session):
                rows[row["event_id"]].append(row)
            self.checked += len(events)
            for event in events:
                yield [f"event {event['_id']}: {fault}" for fault in faults(event, rows[event["_id"]], self._clock())]
        yield list(self._without_event())
        yield list(self._keys_used_twice())

    def _without_event(self) -> Iterator[str]:
        for event_ids in self._bookings.booked_events(EVENT_BATCH):
            for event_id in set(event_ids) - self._events.by_id(event_ids).keys():
                yield f"event {event_id}: does not exist, and has bookings"

    def _keys_used_twice(self) -> Iterator[str]:
        for customer_id, key, times in self._bookings.keys_with_several():
            if any(later - earlier < SAME_KEY for earlier, later in pairwise(sorted(times))):
                yield f"customer {customer_id}: the idempotency key {key!r} made {len(times)} bookings"


def faults(event: Event, live: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Yield the faults of one event, given its live bookings as rows of `BookingStore.summarize`."""
    taken: Counter[ObjectId | None] = Counter()
    for row in live:
        taken[row["ticket_type_id"]] += row["tickets"]
    booked = sum(row["booked"] for row in live)
    yield from _difference("", event["total_tickets"], event["available_tickets"], booked)
    types = {ticket_type["_id"]: ticket_type for ticket_type in event["ticket_types"]}
    for type_id, ticket_type in types.items():
        yield from _difference(
            f"ticket type {ticket_type['name']!r}: ", ticket_type["total"], ticket_type["available"], taken[type_id]
        )
    if types:
        sums = [sum(ticket_type[name] for ticket_type in types.values()) for name in ("total", "available")]
        if sums != [event["total_tickets"], event["available_tickets"]]:
            yield "its totals are not the sums of its ticket types'"
    counted, shown = event.get("shown_available"), shown_available(event)
    if counted != shown:
        yield f"{counted} tickets of its shown types are on sale, as it says, and {shown} are"
    if any(row["uneven"] for row in live):
        yield f"{sum(row['uneven'] for row in live)} bookings have another quantity than items or tickets"
    unknown = {type_id for type_id in taken if type_id not in (types or (None,))}
    if unknown:
        yield f"{len(unknown)} booked ticket types are not among its own"
    if event["status"] == EVENT_CANCELLED and booked and now - event["updated_at"] > HOLD_GRACE:
        yield f"is cancelled, and {booked} tickets are still booked"
    if any(row["status"] == HELD and (row["oldest_end"] or now) + HOLD_GRACE < now for row in live):
        yield "has holds that should have expired"


def _difference(what: str, total: int, available: int, taken: int) -> Iterator[str]:
    if available < 0:
        yield f"{what}{available} tickets are on sale"
    if total != available + taken:
        yield f"{what}{total} in all, but {available} on sale and {taken} booked: {available + taken - total:+d}"
