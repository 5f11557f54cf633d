"""The audit of waiting lists: offers are held bookings, the counts are right, and nobody was overtaken. Only reads."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..bookings.store import BookingStore
from ..events import waiting
from ..events.model import Event
from ..events.reader import EventReader
from ..events.rules import CANCELLED, PUBLISHED
from ..storage.client import Transactions
from .model import Entry
from .overtaking import overtaken
from .rules import OFFERED, WAITING
from .store import WaitlistStore

GRACE = timedelta(minutes=5)  # how late a job may be while a process runs


class WaitlistAudit:
    """Compares the waiting list of each event with what the event keeps of it, and with its bookings."""

    def __init__(
        self,
        entries: WaitlistStore,
        bookings: BookingStore,
        events: EventReader,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._entries = entries
        self._bookings = bookings
        self._events = events
        self._transactions = transactions
        self._clock = clock

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of each event, a list that may be empty."""
        for events, session in self._events.in_snapshots(self._transactions):
            ids = [event["_id"] for event in events]
            listed = self._entries.events(ids, session)
            held = self._bookings.held_offers(ids, session)
            for event in events:
                entries = list(self._entries.of_event(event["_id"], session)) if event["_id"] in listed else []
                offers = held.get(event["_id"], {})
                yield [f"event {event['_id']}: {fault}" for fault in faults(event, entries, offers, self._clock())]


def faults(event: Event, entries: list[Entry], held: dict[ObjectId, ObjectId], now: datetime) -> Iterator[str]:
    """Yield the faults of an event's list, given its entries in order, and the entries of its held offers."""
    settled = event["status"] != CANCELLED or now - event["updated_at"] > GRACE
    open_entries = [entry for entry in entries if entry["open"]]
    if len({entry["customer_id"] for entry in open_entries}) < len(open_entries):
        yield "a customer waits twice"
    if any(entry["open"] != (entry["status"] in (WAITING, OFFERED)) for entry in entries):
        yield "an entry is open that has ended, or the reverse"
    offered = {entry["booking_id"]: entry["_id"] for entry in entries if entry["status"] == OFFERED}
    if settled and offered != held:
        yield f"{len(offered)} entries are offered tickets, {len(held)} bookings are held for some, and they differ"
    if settled:
        yield from _counts(event, entries, now)
    found = overtaken(entries)
    if found:
        yield f"{len(found)} entries were overtaken, the first by number {found[0][1]}: number {found[0][0]}"


def _counts(event: Event, entries: list[Entry], now: datetime) -> Iterator[str]:
    counts, waits = waiting.waitlist_of(event), [entry for entry in entries if entry["status"] == WAITING]
    if counts["waiting"] != len(waits):
        yield f"{counts['waiting']} wait, as it says, and {len(waits)} do"
    if counts["last"] != max((entry["number"] for entry in entries), default=0):
        yield "its latest entry has another number than it says"
    reserved_from, queued = event.get("reserved_from"), [entry for entry in waits if entry["queued"]]
    due = counts.get("due", False)
    strictly = waiting.is_strict(event) and bool(queued)
    if reserved_from is None and (due or (strictly and event["status"] == PUBLISHED)):
        yield "others than its list are served"
    if reserved_from is not None and reserved_from + GRACE < now and not strictly:
        yield "its list alone is served, and nothing is due" if not due else "its list has waited for too long"
    if reserved_from is None and event["status"] == PUBLISHED and _fits(event, queued, now):
        yield "somebody waits for tickets that are on sale"


def _fits(event: Event, queued: Iterable[Entry], now: datetime) -> bool:
    available: dict[Any, int] = {each["_id"]: each["available"] for each in event["ticket_types"]}
    available = available or {None: event["available_tickets"]}
    fit = {
        type_id: min(left, waiting.most_at_once(event, type_id))
        for type_id, left in available.items()
        if type_id in waiting.type_ids(event) and waiting.may_offer(event, type_id, now)
    }
    return any(entry["min_quantity"] <= fit.get(entry["ticket_type_id"], 0) for entry in queued)
