"""The one door through which tickets move: group commit over the books of an event.

Bookings, cancellations, confirmations and expiries of one event are settled together, in order of arrival, in one
transaction. Each succeeds or fails alone. So nothing on a hot event starves behind its bookings, and nothing but this
module and the cancelling of a whole event writes its stock.
"""

import contextvars
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from bson import ObjectId
from pymongo.errors import PyMongoError

from ..events.service import EventService
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, Unit, is_unavailable
from ..storage.deadline import limit, seconds_left
from ..storage.group_commit import GroupCommit, Take
from ..storage.turns import Turns
from .ledger import Books, Order, Request
from .outcomes import counted
from .store import BookingStore


class Sales:
    """Settles requests on the books of events, exactly."""

    def __init__(
        self,
        bookings: BookingStore,
        events: EventService,
        transactions: Transactions,
        outbox: Outbox,
        turns: Turns,
        clock: Callable[[], datetime],
        *,
        wait_seconds: float,
        queueing: bool,
    ):
        self._bookings = bookings
        self._events = events
        self._transactions = transactions
        self._outbox = outbox
        self._turns = turns
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._queue = GroupCommit(self._run_batch)
        self._queueing = queueing

    @counted
    def settle(self, event_id: ObjectId, request: Request) -> Any:
        """The booking after this request, with its event; raises the `Problem` that refuses it.

        Raises `TooBusy` if its turn does not come, and the driver's error if MongoDB does not answer: after the
        latter the outcome may be either.
        """
        if self._queueing:
            # What is left when the turn comes must do for the transaction.
            wait = min(self._wait_seconds, seconds_left() - self._transactions.seconds)
            return self._queue.submit(event_id, request, wait)
        (outcome,) = self._commit(event_id, [request])  # each alone, for the benchmark that measures the difference
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def waiting(self) -> int:
        """How many requests wait for their turn now."""
        return self._queue.depth()

    def _run_batch(self, event_id: ObjectId, take: Take) -> list[Any]:
        # A leader works for others, so the time limit of its own request must not cut theirs short.
        return contextvars.Context().run(self._run_in_turn, event_id, take)

    def _run_in_turn(self, event_id: ObjectId, take: Take) -> list[Any]:
        with limit(self._transactions.seconds), self._turns.hold(event_id):
            requests = take()
            try:
                return self._commit(event_id, requests)
            except Exception as error:
                if len(requests) == 1 or (isinstance(error, PyMongoError) and is_unavailable(error)):
                    return [error] * len(requests)
            # One of them made the transaction fail for good and was rolled back with the rest: now each for itself.
            return [self._commit_alone(event_id, request) for request in requests]

    def _commit_alone(self, event_id: ObjectId, request: Request) -> Any:
        try:
            return self._commit(event_id, [request])[0]
        except Exception as error:
            return error

    def _commit(self, event_id: ObjectId, requests: Sequence[Request]) -> list[Any]:
        return self._transactions.run(lambda unit: self._settle_all(unit, event_id, requests))

    def _settle_all(self, unit: Unit, event_id: ObjectId, requests: Sequence[Request]) -> list[Any]:
        event = self._events.find(unit, event_id)
        books = Books(event, self._named(unit, requests), self._tickets(unit, event, requests), self._clock())
        outcomes = [books.settle(request) for request in requests]
        # The event is written last: what collides with another transaction collides for as short as can be.
        self._bookings.write(books.new, books.changed, unit.session)
        for (fact, delay), owed in groupby(books.facts, key=lambda fact: (fact[0], fact[2])):
            payloads = [{"booking_id": booking_id} for _, booking_id, _ in owed]
            self._outbox.record(unit, fact, payloads, delay=delay)
        if books.stock is not None:
            self._events.move_stock(unit, event_id, books.stock)
        return [outcome | {"event": event} if isinstance(outcome, dict) else outcome for outcome in outcomes]

    def _named(self, unit: Unit, requests: Sequence[Request]) -> dict[ObjectId, dict]:
        """The bookings that exist already: not looked for where the order is new for certain."""
        named = [r.booking_id for r in requests if not isinstance(r, Order) or r.idempotency_key]
        return self._bookings.load(named, unit.session)

    def _tickets(self, unit: Unit, event: dict | None, requests: Sequence[Request]) -> dict[ObjectId, int]:
        """How many tickets the ordering customers have, where the event limits that."""
        if event is None or event["max_per_customer"] is None:
            return {}
        customers = [request.customer_id for request in requests if isinstance(request, Order)]
        return self._bookings.count_tickets(event["_id"], customers, unit.session)
