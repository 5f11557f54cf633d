"""The one door through which tickets move: group commit over the books of events.

Bookings, cancellations, confirmations and expiries are settled together, in order of arrival, in one transaction. Each
succeeds or fails alone. So nothing on a hot event starves behind its bookings, and nothing but this module and the
cancelling of a whole event writes its stock.

Events share a few lanes, so that a process that sells many events a little fills its transactions too. Where a batch of
several events collides (with another machine, or an organizer's edit), it is not replayed as a whole: its events go
apart, each in a lane of its own, for a while. So one event that is locked stops no other.
"""

import contextlib
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import PyMongoError

from ..events.service import EventService
from ..jobs.outbox import Outbox
from ..observability.metrics import BATCH_SIZE
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from ..storage.deadline import deadline, seconds_left
from ..storage.failures import is_unavailable
from ..storage.group_commit import GroupCommit, Take
from .holds import REMEMBERED
from .ledger import Books, Order, Request
from .outcomes import counted
from .store import BookingStore

LANES = 2
APART_SECONDS = 5.0

Entry = tuple[ObjectId, Request]


def lane_of(event_id: ObjectId) -> str:
    """The lane that an event shares with others."""
    return f"lane {zlib.crc32(event_id.binary) % LANES}"


class Apart(Exception):
    """The batch was given up and has done nothing: its events are to be settled one by one."""


class Sales:
    """Settles requests on the books of events, exactly."""

    def __init__(
        self,
        bookings: BookingStore,
        events: EventService,
        transactions: Transactions,
        outbox: Outbox,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
        *,
        wait_seconds: float,
        queueing: bool,
    ):
        self._bookings = bookings
        self._events = events
        self._transactions = transactions
        self._outbox = outbox
        self._locks = locks
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._queue = GroupCommit(self._run_batch)
        self._queueing = queueing
        self._apart_until: dict[Hashable, float] = {}

    @counted
    def settle(self, event_id: ObjectId, request: Request) -> Any:
        """The booking after this request, with its event; raises the `Problem` that refuses it.

        Raises `TooBusy` if its turn does not come, and the driver's error if MongoDB does not answer: after the
        latter the outcome may be either.
        """
        if not self._queueing:  # each alone, for the benchmark that measures the difference
            (outcome,) = self._commit([(event_id, request)])
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        lane = lane_of(event_id)
        if time.monotonic() >= self._apart_until.get(lane, 0):
            with contextlib.suppress(Apart):
                return self._submit(lane, event_id, request)
        return self._submit(event_id, event_id, request)

    def waiting(self) -> int:
        """How many requests wait for their turn now."""
        return self._queue.depth()

    def _submit(self, lane: Hashable, event_id: ObjectId, request: Request) -> Any:
        # What is left when the turn comes must do for the transaction.
        wait = min(self._wait_seconds, seconds_left() - self._transactions.seconds)
        return self._queue.submit(lane, (event_id, request), wait)

    def _run_batch(self, lane: Hashable, take: Take) -> list[Any]:
        with deadline(self._transactions.seconds), self._locks.hold(lane):
            entries = take()
            BATCH_SIZE.observe(len(entries))
            several = len({event_id for event_id, _ in entries}) > 1
            try:
                return self._commit(entries, replay=not several)
            except Exception as error:
                if isinstance(error, PyMongoError) and is_unavailable(error):
                    return [error] * len(entries)
                if several:
                    self._apart_until[lane] = time.monotonic() + APART_SECONDS
                    return [Apart()] * len(entries)
                if len(entries) == 1:
                    return [error]
            # One of them made the transaction fail for good and was rolled back with the rest: now each for itself.
            return [self._commit_alone(entry) for entry in entries]

    def _commit_alone(self, entry: Entry) -> Any:
        try:
            return self._commit([entry])[0]
        except Exception as error:
            return error

    def _commit(self, entries: Sequence[Entry], *, replay: bool = True) -> list[Any]:
        return self._transactions.run(lambda unit: self._settle_all(unit, entries), replay=replay)

    def _settle_all(self, unit: UnitOfWork, entries: Sequence[Entry]) -> list[Any]:
        books = self._open_books(unit, entries)
        outcomes = [books[event_id].settle(request) for event_id, request in entries]
        # The events are written last: what collides with another transaction collides for as short as can be.
        all_books = books.values()
        changed = {booking_id: changes for each in all_books for booking_id, changes in each.changed.items()}
        self._bookings.write([booking for each in all_books for booking in each.new], changed, unit.session)
        owed = defaultdict(list)
        for fact, booking_id, delay in (fact for each in all_books for fact in each.facts):
            owed[fact, delay].append({"booking_id": booking_id})
        for (fact, delay), payloads in owed.items():
            self._outbox.record(unit, fact, payloads, delay=delay)
        self._events.move_stock(unit, {event_id: each.stock for event_id, each in books.items() if each.stock})
        return [
            outcome | {"event": books[event_id].event} if isinstance(outcome, dict) else outcome
            for (event_id, _), outcome in zip(entries, outcomes, strict=True)
        ]

    def _open_books(self, unit: UnitOfWork, entries: Sequence[Entry]) -> dict[ObjectId, Books]:
        requests = defaultdict(list)
        for event_id, request in entries:
            requests[event_id].append(request)
        # Bookings that exist already are not looked for where the order is new for certain.
        named = [r.booking_id for _, r in entries if not isinstance(r, Order) or r.idempotency_key]
        bookings = self._bookings.load(named, unit.session)
        events = self._events.find_all(unit, list(requests))
        now = self._clock()
        books = {
            event_id: Books(
                events.get(event_id), bookings, self._tickets(unit, events.get(event_id), requests[event_id]), now
            )
            for event_id in requests
        }
        max_held = {(e, r.customer_id): r.max_held for e, r in entries if isinstance(r, Order) and r.max_held}
        found = self._bookings.load_holds(max_held, now - REMEMBERED, unit.session)
        for (event_id, customer_id), holds in found.items():
            books[event_id].holds_of[customer_id] = holds
        return books

    def _tickets(self, unit: UnitOfWork, event: dict | None, requests: Sequence[Request]) -> dict[ObjectId, int]:
        """How many tickets the ordering customers have, where the event limits that."""
        if event is None or event["max_per_customer"] is None:
            return {}
        customers = [request.customer_id for request in requests if isinstance(request, Order)]
        return self._bookings.count_tickets(event["_id"], customers, unit.session)
