"""Sales: group commit of the requests that book tickets or change bookings.

Bookings, cancellations, confirmations and expiries are applied in order of arrival, several in one transaction. Each
succeeds or fails by itself. As all share one queue, cancellations and expiries do not starve behind the bookings of a
popular event. Apart from this module, only the cancellation of a whole event changes its stock.

Events share a lane, so that transactions are full even if a process sells a few tickets each of many events: with two
lanes, batches were half as large and each booking cost a quarter more CPU time, with 32 connections as with 500. If a
batch of several events collides with another transaction, for example of another process or of an organizer's edit, it
is not replayed as a whole. Instead, each of its events uses a lane of its own for a while, so that one event that is
locked does not block the others.
"""

import contextlib
import time
from collections.abc import Hashable, Sequence
from typing import Any

from bson import ObjectId
from pymongo.errors import PyMongoError

from ..events.inventory import EventChanged
from ..observability.metrics import BATCH_SIZE
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions
from ..storage.deadline import deadline, seconds_left
from ..storage.failures import is_unavailable
from ..storage.group_commit import GroupCommit, Take
from .batch import Entry, Steps
from .ledger import Request
from .outcomes import counted

SHARED = "shared"  # the lane of all events but those that are apart
APART_SECONDS = 5.0


class Apart(Exception):
    """The batch was rolled back; its requests are to be tried again, each in the lane of its event."""


class Sales:
    """Applies requests to events and their bookings, each exactly once."""

    def __init__(
        self,
        steps: Steps,
        transactions: Transactions,
        locks: AdvisoryLocks,
        *,
        wait_seconds: float,
        queueing: bool,
    ):
        self._steps = steps
        self._transactions = transactions
        self._locks = locks
        self._wait_seconds = wait_seconds
        self._queue = GroupCommit(self._run_batch)
        self._queueing = queueing
        self._apart_until: dict[ObjectId, float] = {}

    @counted
    def apply(self, event_id: ObjectId, request: Request) -> Any:
        """Apply a request; return the booking with its event, or raise the `Problem` that refused the request.

        Raises `TooBusy` if the request has to wait for too long, and the driver's error if MongoDB does not answer;
        in the latter case the request may or may not have been applied.
        """
        if not self._queueing:  # for the benchmark that measures what the queue gains
            (outcome,) = self.commit([(event_id, request)])
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if time.monotonic() >= self._apart_until.get(event_id, 0):
            with contextlib.suppress(Apart):
                return self._submit(SHARED, event_id, request)
        return self._submit(event_id, event_id, request)

    def commit(self, entries: Sequence[Entry], *, replay: bool = True) -> list[Any]:
        """Apply requests in one transaction, without the queue; return their outcomes as `Batch.apply` does.

        Without `replay`, raises `Collided` if another transaction writes to the same documents.
        """
        try:
            return self._transactions.run(lambda unit: self._steps.run(unit, entries), replay=replay)
        except EventChanged:  # rolled back; now with the events as they are
            return self._transactions.run(lambda unit: self._steps.run(unit, entries, read_all=True), replay=replay)

    def waiting(self) -> int:
        """Return the number of requests that are waiting for their turn."""
        return self._queue.depth()

    def _submit(self, lane: Hashable, event_id: ObjectId, request: Request) -> Any:
        # After the wait there must be enough time left for the transaction.
        wait = min(self._wait_seconds, seconds_left() - self._transactions.seconds)
        return self._queue.submit(lane, (event_id, request), wait)

    def _run_batch(self, lane: Hashable, take: Take) -> list[Any]:
        with deadline(self._transactions.seconds), self._locks.hold(lane):
            entries = take()
            BATCH_SIZE.observe(len(entries))
            event_ids = {event_id for event_id, _ in entries}
            several = len(event_ids) > 1
            try:
                return self.commit(entries, replay=not several)
            except Exception as error:
                if isinstance(error, PyMongoError) and is_unavailable(error):
                    return [error] * len(entries)
                if several:
                    self._set_apart(event_ids)
                    return [Apart()] * len(entries)
                if len(entries) == 1:
                    return [error]
            # One request made the transaction fail for good, and all were rolled back: now run each by itself.
            return [self._commit_alone(entry) for entry in entries]

    def _set_apart(self, event_ids: set[ObjectId]) -> None:
        now = time.monotonic()
        still_apart = {event_id: until for event_id, until in list(self._apart_until.items()) if until > now}
        self._apart_until = still_apart | dict.fromkeys(event_ids, now + APART_SECONDS)

    def _commit_alone(self, entry: Entry) -> Any:
        try:
            return self.commit([entry])[0]
        except Exception as error:
            return error
