"""Cancels whole events: stops sales first, then cancels the bookings in batches. A job resumes this after a crash."""

import time
from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from ..auth.permissions import Actor
from ..events.changes import BY_SYSTEM
from ..events.facts import OfEvent
from ..events.inventory import Inventory
from ..events.model import Event
from ..events.service import EventService
from ..events.stock import Stock
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from .changes import of_booking
from .facts import BOOKING_CANCELLED, EVENT_BOOKINGS_CANCELLED, EVENT_CANCELLED
from .rules import CANCELLED
from .store import BookingStore

BATCH = 500
IN_REQUEST_SECONDS = 2


class EventCancellation:
    """Cancels events with all their bookings. Once the first transaction is committed, nothing more can be booked.

    Before bookings are cancelled, `tell_holders` is called with their ids, for whom their customers gave tickets to.
    """

    def __init__(
        self,
        bookings: BookingStore,
        inventory: Inventory,
        events: EventService,
        transactions: Transactions,
        outbox: Outbox,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
        tell_holders: Callable[[UnitOfWork, list[ObjectId]], None],
    ):
        self._bookings = bookings
        self._inventory = inventory
        self._events = events
        self._transactions = transactions
        self._outbox = outbox
        self._locks = locks
        self._clock = clock
        self._tell_holders = tell_holders

    def cancel(
        self, event_id: ObjectId, caller_id: Actor, reason: str | None, *, seconds: float = IN_REQUEST_SECONDS
    ) -> Event:
        """Stop sales and record the job in one transaction, then cancel the bookings; return the event. Safe to repeat.

        Bookings that cannot be cancelled within so many seconds are left to the job. Raises `EventNotFound`,
        `NotYourEvent`, `EventPast`.
        """

        def stop(unit: UnitOfWork) -> None:
            if self._inventory.stop_sales(unit, event_id, caller_id, reason) is not None:
                self._outbox.record(unit, EVENT_CANCELLED, [OfEvent(event_id=event_id)])

        with self._locks.hold(event_id):
            self._transactions.run(stop)
        deadline = time.monotonic() + seconds
        while self._cancel_batch(event_id) and time.monotonic() < deadline:
            pass
        return self._events.read(event_id, caller_id)

    def finish(self, job: Job) -> None:
        """Cancel the remaining bookings, then publish that all are cancelled; the job that `cancel` records."""
        event_id = job["payload"]["event_id"]
        while self._cancel_batch(event_id):
            pass
        self._transactions.run(
            lambda unit: self._outbox.record(unit, EVENT_BOOKINGS_CANCELLED, [OfEvent(event_id=event_id)])
        )

    def _cancel_batch(self, event_id: ObjectId) -> int:
        def attempt(unit: UnitOfWork) -> int:
            batch = self._bookings.live_batch(event_id, BATCH, unit.session)
            if batch:
                stock = Stock(self._inventory.find_booked(unit, event_id))
                for booking in batch:
                    stock.put_back(booking["items"])
                    cancelled = booking | {"status": CANCELLED}
                    stock.changes.append(of_booking(BOOKING_CANCELLED, cancelled, BY_SYSTEM))
                ids = [booking["_id"] for booking in batch]
                self._tell_holders(unit, ids)
                self._bookings.cancel_batch(ids, self._clock(), unit.session)
                self._inventory.move_stock(unit, [stock])
            return len(batch)

        with self._locks.hold(event_id):
            return self._transactions.run(attempt)
