"""Cancels whole events: stops sales first, then cancels the bookings in batches. A job resumes this after a crash."""

import time

from bson import ObjectId

from ..auth.permissions import Actor
from ..events.facts import OfEvent
from ..events.inventory import Inventory
from ..events.model import Event
from ..events.service import EventService
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from .facts import EVENT_BOOKINGS_CANCELLED, EVENT_CANCELLED
from .live_bookings import LiveBookings

IN_REQUEST_SECONDS = 2


class EventCancellation:
    """Cancels events with all their bookings. Once the first transaction is committed, nothing more can be booked."""

    def __init__(
        self,
        live: LiveBookings,
        inventory: Inventory,
        events: EventService,
        transactions: Transactions,
        outbox: Outbox,
        locks: AdvisoryLocks,
    ):
        self._live = live
        self._inventory = inventory
        self._events = events
        self._transactions = transactions
        self._outbox = outbox
        self._locks = locks

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
        while self._live.cancel_some(event_id) and time.monotonic() < deadline:
            pass
        return self._events.read(event_id, caller_id)

    def finish(self, job: Job) -> None:
        """Cancel the remaining bookings, then publish that all are cancelled; the job that `cancel` records."""
        event_id = job["payload"]["event_id"]
        while self._live.cancel_some(event_id):
            pass
        self._transactions.run(
            lambda unit: self._outbox.record(unit, EVENT_BOOKINGS_CANCELLED, [OfEvent(event_id=event_id)])
        )
