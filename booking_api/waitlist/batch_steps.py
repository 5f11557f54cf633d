"""The steps by which waiting lists take part in the transactions of sales: they load, settle and write entries."""

from collections import defaultdict
from collections.abc import Sequence

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..bookings.batch import Batch
from ..bookings.ledger import EventLedger
from ..bookings.store import BookingStore
from ..events import waiting
from ..events.agenda import Agenda
from ..jobs.facts import Fact
from ..jobs.outbox import Outbox
from .facts import OfEntry
from .metrics import count
from .model import Entry
from .queue import Queue
from .requests import JoinWaitlist, OfWaiter
from .rules import REMEMBERED
from .settling import Settlement
from .store import WaitlistStore


class LoadEntries:
    """Loads the open entries of those who join or leave, with the bookings that they are offered."""

    def __init__(self, entries: WaitlistStore, bookings: BookingStore):
        self._entries = entries
        self._bookings = bookings

    def load(self, batch: Batch) -> None:
        """Read them, if anybody joins or leaves."""
        asked = [(event_id, request) for event_id, request in batch.entries if isinstance(request, OfWaiter)]
        if not asked:
            return
        customers: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
        for event_id, request in asked:
            if batch.ledgers[event_id].event is not None:
                customers[event_id].append(request.customer_id)
        if not customers:
            return
        keyed = [each.entry_id for _, each in asked if isinstance(each, JoinWaitlist) and each.is_keyed]
        found = self._entries.find_asked(customers, keyed, batch.session)
        for entry in found:
            ledger = batch.ledgers.get(entry["event_id"])
            if ledger is None:
                continue
            queue = Queue.of(ledger)
            queue.made[entry["_id"]] = entry
            if entry["open"]:
                queue.open[entry["customer_id"]] = entry
        offered = [entry["booking_id"] for entry in found if entry["open"] and entry["booking_id"]]
        batch.bookings.update(
            self._bookings.load([each for each in offered if each not in batch.bookings], batch.session)
        )
        self._load_missed(batch, asked)
        for event_id, customer_ids in customers.items():
            ledger = batch.ledgers[event_id]
            if ledger.booked_event["max_per_customer"] is not None:
                ledger.tickets_of |= self._bookings.count_tickets(event_id, customer_ids, batch.session)

    def _load_missed(self, batch: Batch, asked: Sequence[tuple[ObjectId, OfWaiter]]) -> None:
        """Read when offers came to nothing, for those who may be made another one at once."""
        for event_id, request in asked:
            ledger = batch.ledgers[event_id]
            if isinstance(request, JoinWaitlist) and ledger.event is not None:
                is_reserved = waiting.is_reserved(ledger.event, batch.now)
                if ledger.stock.available and (is_reserved or request.min_quantity < request.quantity):
                    since = batch.now - REMEMBERED
                    missed = self._entries.missed(event_id, request.customer_id, since, batch.session)
                    Queue.of(ledger).missed[request.customer_id] = missed


class StoredWaiters:
    """The entries of an event as they are stored."""

    def __init__(
        self, entries: WaitlistStore, bookings: BookingStore, event_id: ObjectId, session: ClientSession | None
    ):
        self._entries = entries
        self._bookings = bookings
        self._event_id = event_id
        self._session = session

    def queued(self, type_id: ObjectId | None, most: int, after: int, limit: int) -> Sequence[Entry]:
        """Return the first entries after this number that take `most` tickets or fewer."""
        return self._entries.find_queued(self._event_id, type_id, most, after, limit, self._session)

    def waiting_of(self, customer_ids: Sequence[ObjectId]) -> Sequence[Entry]:
        """Return the entries of these customers that wait."""
        return self._entries.find_waiting_of(self._event_id, customer_ids, self._session)

    def tickets_of(self, customer_ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
        """Return how many tickets these customers have."""
        return self._bookings.count_tickets(self._event_id, list(customer_ids), self._session)

    def is_any_queued(self, but: Sequence[ObjectId]) -> bool:
        """Return whether any entry is in the queue but those with these ids."""
        return self._entries.is_any_queued(self._event_id, but, self._session)

    def waits_for(self, type_id: ObjectId | None) -> bool:
        """Return whether any entry waits for this type."""
        return self._entries.waits_for(self._event_id, type_id, self._session)

    def to_close(self, most_of: dict[ObjectId | None, int], limit: int) -> Sequence[Entry]:
        """Return entries that wait for another type than these, or for more tickets than a booking may have of it."""
        return self._entries.find_to_close(self._event_id, most_of, limit, self._session)

    def still_open(self, limit: int) -> Sequence[Entry]:
        """Return entries that wait or are offered tickets."""
        return self._entries.find_open(self._event_id, limit, self._session)

    def blocked(self, limit: int) -> Sequence[Entry]:
        """Return entries that wait and are not in the queue."""
        return self._entries.find_blocked(self._event_id, limit, self._session)


class OfferTickets:
    """Offers tickets of all events of a batch whose lists have to be looked through."""

    def __init__(self, entries: WaitlistStore, bookings: BookingStore, offer_seconds: int):
        self._entries = entries
        self._bookings = bookings
        self._offer_seconds = offer_seconds

    def settle(self, batch: Batch) -> None:
        """Do it; events from which somebody has only bought, or that nobody waits for, cost no command."""
        for event_id, ledger in batch.ledgers.items():
            if ledger.event is None or event_id in batch.known:
                continue
            for booking in ledger.answered:
                Queue.of(ledger).answer(booking)
            if _has_to_be_settled(ledger):
                waiters = StoredWaiters(self._entries, self._bookings, event_id, batch.session)
                Settlement(ledger, waiters, self._offer_seconds).run()


def _has_to_be_settled(ledger: EventLedger) -> bool:
    queue: Queue | None = ledger.parts.get(Queue)
    if queue is not None and (queue.touched or queue.served):
        return True
    event = ledger.booked_event
    counts = waiting.waitlist_of(event)
    if not counts["waiting"]:
        return False
    opened = waiting.is_reserved(event, ledger.now) and not waiting.is_strict(event)
    return ledger.stock.released or counts.get("due", False) or opened


class WriteEntries:
    """Writes entries, and the jobs that follow."""

    def __init__(self, entries: WaitlistStore, outbox: Outbox, agenda: Agenda):
        self._entries = entries
        self._outbox = outbox
        self._agenda = agenda

    def write(self, batch: Batch) -> None:
        """Write those of each event whose list has changed."""
        for event_id, ledger in batch.ledgers.items():
            queue: Queue | None = ledger.parts.get(Queue)
            if queue is None:
                continue
            answers: defaultdict[str, list[ObjectId]] = defaultdict(list)
            for entry_id, status in queue.answers.items():
                answers[status].append(entry_id)
            joined = [each.entry for each in queue.joined]
            ended = {"open": False, "ended_at": batch.now}
            self._entries.write(queue.changed, answers, ended, joined, batch.session)
            self._record(batch, queue)
            if queue.due_at is not None:
                self._agenda.serve_waitlist(batch.unit, event_id, queue.due_at)
            batch.unit.after_commit(count(queue))

    def _record(self, batch: Batch, queue: Queue) -> None:
        of_facts: defaultdict[Fact[OfEntry], list[OfEntry]] = defaultdict(list)
        for fact, entry_id in queue.facts:
            of_facts[fact].append({"entry_id": entry_id})
        for fact, payloads in of_facts.items():
            self._outbox.record(batch.unit, fact, payloads)
