"""Closes the waiting lists of events that were deleted. These were never booked, so nobody was offered anything."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from ..events.model import DeletedEvent
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from .facts import WAITLIST_CLOSED, OfEntry
from .store import WaitlistStore

AT_ONCE = 500  # entries that one transaction closes


class Closing:
    """Closes lists a part at a time, so that it can be interrupted and begun again."""

    def __init__(
        self, entries: WaitlistStore, transactions: Transactions, outbox: Outbox, clock: Callable[[], datetime]
    ):
        self._entries = entries
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock

    def close(self, event_id: ObjectId, deleted: DeletedEvent | None) -> None:
        """Close the list of an event that was deleted, and have everybody told once; `deleted` is of what."""

        def attempt(unit: UnitOfWork) -> int:
            entries = self._entries.find_open(event_id, AT_ONCE, unit.session)
            closed: list[OfEntry] = [{"entry_id": entry["_id"]} for entry in entries]
            if closed:
                self._entries.close([each["entry_id"] for each in closed], deleted, self._clock(), unit.session)
                self._outbox.record(unit, WAITLIST_CLOSED, closed)
            return len(closed)

        while self._transactions.run(attempt):
            pass
