"""Group commit: requests for the same document share one transaction.

Transactions on one document must run one after the other, which limits how many requests a hot event can serve. A
request that finds the lane of its document free becomes the leader: it takes all waiting requests, runs them as one
batch, and passes the lead to the next in line. The others sleep until their part of the result is there.
"""

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from itertools import zip_longest
from typing import Any

from ..errors import Unavailable

LARGEST_BATCH = 100
LONGEST_QUEUE = 1000

Outcome = Any  # a result, or the exception to raise for the request
Take = Callable[[], Sequence[Any]]


class TooBusy(Unavailable):
    """Too many requests wait for their turn, and that of this one did not come in time. Nothing was done.

    Send it again after the seconds in `Retry-After`.
    """

    code = "too_busy"
    title = "Too many requests wait"


class Interrupted(Unavailable):
    """The request was begun and the service stopped in the middle, so it is not known whether it was done.

    Send it again with the same `Idempotency-Key`; if it had none, look whether it was done before you repeat it.
    """

    code = "interrupted"
    title = "Interrupted"


class _Seat:
    """One waiting request."""

    __slots__ = ("leads", "outcome", "request", "settled", "taken", "woken")

    def __init__(self, request: Any):
        self.request = request
        self.woken = threading.Lock()  # released to wake the request
        self.woken.acquire()
        self.taken = False
        self.leads = False
        self.settled = False
        self.outcome: Outcome = None


class GroupCommit:
    """Queues requests by document, in order of arrival, and runs each queue in batches.

    `run_batch(key, take)` calls `take()` when it is ready to work, which returns the requests that are waiting at that
    moment, and returns an outcome for each, in order. It runs in the leader's thread, but in a context of its own, so
    it must set its own deadline. A process runs one batch of a key at a time. If `run_batch` raises, every request of
    the batch raises that exception.
    """

    def __init__(self, run_batch: Callable[[Hashable, Take], list[Outcome]]):
        self._run_batch = run_batch
        self._lanes: dict[Hashable, deque[_Seat]] = {}  # a key is here while somebody leads its lane
        self._mutex = threading.Lock()

    def submit(self, key: Hashable, request: Any, wait_seconds: float) -> Any:
        """Return the request's result, or raise its exception; `TooBusy` if it is not taken within so many seconds.

        Once a request was taken into a batch it is waited for; that is bounded by the batch's own deadline.
        """
        if wait_seconds <= 0:
            raise TooBusy
        seat = self._take_seat(key, request)
        if not seat.leads and not seat.woken.acquire(timeout=wait_seconds) and self._leave(key, seat):
            raise TooBusy
        if not seat.leads and not seat.settled:
            seat.woken.acquire()
        if seat.leads:
            self._lead(key, seat)
        if isinstance(seat.outcome, BaseException):
            raise seat.outcome
        return seat.outcome

    def waiting(self, key: Hashable) -> int:
        """Return how many requests are waiting for this document."""
        return len(self._lanes.get(key, ()))

    def busy_keys(self) -> set[Hashable]:
        """Return the keys that have a leader now."""
        return set(self._lanes)

    def depth(self) -> int:
        """Return how many requests are waiting for any document."""
        return sum(map(len, list(self._lanes.values())))

    def _take_seat(self, key: Hashable, request: Any) -> _Seat:
        seat = _Seat(request)
        with self._mutex:
            lane = self._lanes.get(key)
            if lane is None:
                lane = self._lanes[key] = deque()
                seat.leads = True
            elif len(lane) >= LONGEST_QUEUE:
                raise TooBusy
            lane.append(seat)
        return seat

    def _leave(self, key: Hashable, seat: _Seat) -> bool:
        """Give up the seat. Returns False if it is too late, because it was taken into a batch or given the lead."""
        with self._mutex:
            if seat.taken or seat.leads:
                return False
            self._lanes[key].remove(seat)
            return True

    def _lead(self, key: Hashable, own: _Seat) -> None:
        batch: list[_Seat] = []

        def take_batch() -> list[Any]:
            with self._mutex:
                lane = self._lanes[key]
                while lane and len(batch) < LARGEST_BATCH:
                    batch.append(lane.popleft())
                for seat in batch:
                    seat.taken = True
            return [seat.request for seat in batch]

        outcomes: Sequence[Outcome] = ()
        missing: Outcome = Interrupted()
        try:
            # The leader works for others too: the deadline of its own request must not cut theirs short.
            outcomes = contextvars.Context().run(self._run_batch, key, take_batch)
        except Exception as error:
            missing = error
        finally:
            # However the batch ended, wake all of its requests and pass on the lead.
            if not batch:
                take_batch()
            self._pass_on(key)
            for seat, outcome in zip_longest(batch, outcomes, fillvalue=missing):
                seat.outcome = outcome
                seat.settled = True
                if seat is not own:
                    seat.woken.release()

    def _pass_on(self, key: Hashable) -> None:
        with self._mutex:
            lane = self._lanes[key]
            if not lane:
                del self._lanes[key]
                return
            heir = lane[0]
            heir.leads = True
            heir.woken.release()
