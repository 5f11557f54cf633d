"""The numbers of events."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, cast

from bson import ObjectId

from ..bookings.reader import BookingReader
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..events.rules import EventNotFound
from ..storage.client import Transactions
from ..storage.deadline import deadline, seconds_left
from ..storage.group_commit import GroupCommit, Take
from ..waitlist.store import WaitlistStore
from .days import offsets
from .stats import stats_of

CLOCK_DIFFERENCE = timedelta(days=1)  # far more than there is between machines
COUNTING_SHARE = 0.6  # of the time of a request


class EventCounting:
    """Counts what became of the tickets of an event."""

    def __init__(
        self,
        events: EventReader,
        bookings: BookingReader,
        entries: WaitlistStore,
        transactions: Transactions,
        clock: Callable[[], datetime],
        request_seconds: float,
    ):
        self._events = events
        self._bookings = bookings
        self._entries = entries
        self._transactions = transactions
        self._clock = clock
        self._seconds = request_seconds * COUNTING_SHARE
        self._counts = GroupCommit(self._count)

    def stats(self, event_id: ObjectId, caller_id: ObjectId) -> dict[str, Any]:
        """Return the numbers of an event as they are at one moment; raises `EventNotFound` and `NotYourEvent`.

        A large event takes a while, so callers who ask while one is being counted share the next count. Raises
        `TooBusy` if that does not begin in time.
        """
        self._events.require(MANAGER, event_id, caller_id)
        counted = self._counts.submit(event_id, event_id, min(self._seconds, seconds_left() - self._seconds))
        if counted is None:
            raise EventNotFound
        return cast(dict[str, Any], counted)

    def _count(self, event_id: Hashable, take: Take) -> list[dict[str, Any] | None]:
        callers = take()
        with deadline(self._seconds), self._transactions.snapshot() as session:
            event = self._events.as_of(session, cast(ObjectId, event_id))
            if event is None:
                return [None] * len(callers)
            until = self._clock() + CLOCK_DIFFERENCE
            days = offsets(event["timezone"], event["created_at"] - CLOCK_DIFFERENCE, until)
            counted = stats_of(
                event, self._bookings.sums(event["_id"], days, session), self._entries.sums(event["_id"], session)
            )
        return [counted] * len(callers)
