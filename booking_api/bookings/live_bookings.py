"""Cancels the live bookings of an event that is cancelled, some of them in each transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..events.changes import BY_SYSTEM
from ..events.inventory import Inventory
from ..events.stock import Stock
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from .changes import of_booking
from .facts import BOOKING_CANCELLED
from .released import Released
from .releases import Releases
from .rules import CANCELLED
from .store import BookingStore

BATCH = 500


class LiveBookings:
    """The bookings of an event whose sale was stopped.

    Before bookings are cancelled, `tell_holders` is called with their ids, for whom their customers gave tickets to.
    """

    def __init__(
        self,
        bookings: BookingStore,
        inventory: Inventory,
        transactions: Transactions,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
        tell_holders: Callable[[UnitOfWork, list[ObjectId]], None],
        releases: Releases,
    ):
        self._bookings = bookings
        self._inventory = inventory
        self._transactions = transactions
        self._locks = locks
        self._clock = clock
        self._tell_holders = tell_holders
        self._releases = releases

    def cancel_some(self, event_id: ObjectId) -> int:
        """Cancel up to 500 of them; what was paid is owed to their customers. Return how many; 0 if none are left."""

        def attempt(unit: UnitOfWork) -> int:
            batch = self._bookings.live_batch(event_id, BATCH, unit.session)
            if batch:
                stock, released = Stock(self._inventory.find_booked(unit, event_id)), Released()
                besides: dict[ObjectId, dict[str, Any]] = {}
                for booking in batch:
                    stock.put_back(booking["items"])
                    if changes := released.end(booking, refund=True):
                        besides[booking["_id"]] = changes
                    cancelled = booking | {"status": CANCELLED}
                    stock.changes.append(of_booking(BOOKING_CANCELLED, cancelled, BY_SYSTEM))
                ids = [booking["_id"] for booking in batch]
                self._tell_holders(unit, ids)
                self._bookings.cancel_batch(ids, besides, self._clock(), unit.session)
                self._releases.record(unit, released)
                self._inventory.move_stock(unit, [stock])
            return len(batch)

        with self._locks.hold(event_id):
            return self._transactions.run(attempt)
