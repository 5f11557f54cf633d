"""Sales: group commit over the ledgers of events, through which all tickets move.

Bookings, cancellations, confirmations and expiries are applied together, in order of arrival, in one transaction. Each
succeeds or fails alone. Nothing on a hot event starves behind its bookings, and besides this module only the
cancellation of a whole event moves its stock.

Events share a few lanes, so that a process that sells a few tickets of many events fills its transactions too. A batch
of several events that collides, with another machine or with an organizer's edit, is not replayed as a whole: for a
while its events go apart, each in a lane of its own. So one event that is locked stops no other.
"""

import contextlib
import time
import zlib
from collections.abc import Hashable, Sequence
from typing import Any

from bson import ObjectId
from pymongo.errors import PyMongoError

from ..observability.metrics import BATCH_SIZE
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions
from ..storage.deadline import deadline, seconds_left
from ..storage.failures import is_unavailable
from ..storage.group_commit import GroupCommit, Take
from .batch import Entry, Steps
from .ledger import Request
from .outcomes import counted

LANES = 2
APART_SECONDS = 5.0


def lane_of(event_id: ObjectId) -> str:
    """The lane that an event shares with others."""
    return f"lane {zlib.crc32(event_id.binary) % LANES}"


class Apart(Exception):
    """The batch was given up and has done nothing: its events are to be tried one by one."""


class Sales:
    """Applies requests to the ledgers of events, each exactly once."""

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
        self._apart_until: dict[Hashable, float] = {}

    @counted
    def apply(self, event_id: ObjectId, request: Request) -> Any:
        """The booking after this request, with its event; raises the `Problem` that refuses it.

        Raises `TooBusy` if its turn does not come, and the driver's error if MongoDB does not answer; after the
        latter the request may have been applied or not.
        """
        if not self._queueing:  # each alone, for the benchmark that measures the difference
            (outcome,) = self.commit([(event_id, request)])
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        lane = lane_of(event_id)
        if time.monotonic() >= self._apart_until.get(lane, 0):
            with contextlib.suppress(Apart):
                return self._submit(lane, event_id, request)
        return self._submit(event_id, event_id, request)

    def commit(self, entries: Sequence[Entry], *, replay: bool = True) -> list[Any]:
        """Apply these requests in one transaction, without a queue: the outcome of each, as `Batch.apply` returns it.

        Without `replay` it raises `Collided` where it meets another transaction.
        """
        return self._transactions.run(lambda unit: self._steps.run(unit, entries), replay=replay)

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
                return self.commit(entries, replay=not several)
            except Exception as error:
                if isinstance(error, PyMongoError) and is_unavailable(error):
                    return [error] * len(entries)
                if several:
                    self._apart_until[lane] = time.monotonic() + APART_SECONDS
                    return [Apart()] * len(entries)
                if len(entries) == 1:
                    return [error]
            # One of them made the transaction fail for good, and all were rolled back with it: now each runs alone.
            return [self._commit_alone(entry) for entry in entries]

    def _commit_alone(self, entry: Entry) -> Any:
        try:
            return self.commit([entry])[0]
        except Exception as error:
            return error
