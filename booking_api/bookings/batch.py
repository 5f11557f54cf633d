"""A batch: requests that share a transaction, and the steps of that transaction.

Loaders read what a batch needs, settlers do what follows from its requests together, and writers write what it has
changed. Where somebody waits for tickets, orders are applied after what the settlers do, and all else before it.
Anything new that a booking uses up or is limited by gets a loader and a writer of its own, added where the application
is built.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from typing import Any, Protocol

from bson import ObjectId

from ..events.waiting import waitlist_of
from ..storage.client import UnitOfWork
from .ledger import EventLedger, Request
from .model import Booking
from .orders import Order
from .rules import EXPIRED

Entry = tuple[ObjectId, Request]  # the id of an event, and a request for it


class Batch:
    """Requests in order of arrival, and what the loaders have read for them in the transaction of `unit`.

    `bookings` are those that the requests name. `now` is the time when the events were read. `ledgers` has one for
    each event, even if the event does not exist. `known` are the events that were not read, but are as this process
    saw them last; there are none if `reads_all`.
    """

    def __init__(self, unit: UnitOfWork, entries: Sequence[Entry], *, reads_all: bool = False):
        self.unit = unit
        self.session = unit.session
        self.entries = entries
        self.requests: defaultdict[ObjectId, list[Request]] = defaultdict(list)
        for event_id, request in entries:
            self.requests[event_id].append(request)
        self.bookings: dict[ObjectId, Booking] = {}
        self.ledgers: dict[ObjectId, EventLedger] = {}
        self.known: Set[ObjectId] = frozenset()
        self.now: datetime
        self._reads_all = reads_all
        self._outcomes: list[Any] = []
        self._put_off: list[int] = []

    def orders(self) -> Iterator[tuple[ObjectId, Order]]:
        """Return the orders among the requests, each with the id of its event."""
        return ((event_id, request) for event_id, request in self.entries if isinstance(request, Order))

    def may_be_known(self) -> list[ObjectId]:
        """Return the events of which nothing is asked but to sell tickets.

        A hold that a customer asks for depends on how many tickets are left, and other requests may write no event.
        """
        if self._reads_all:
            return []
        return [
            event_id
            for event_id, requests in self.requests.items()
            if all(isinstance(request, Order) and request.max_held is None for request in requests)
        ]

    def is_proved(self) -> bool:
        """Whether known events had new bookings and nothing else; only those are checked when the stock is written."""
        return all(len(self.ledgers[event_id].new) == len(self.requests[event_id]) for event_id in self.known)

    def apply(self) -> None:
        """Apply the requests in order of arrival, but for the orders of events that somebody waits for.

        Tickets that the others free are for who waits: they are offered before anybody else orders, or gets those of an
        expired booking again.
        """
        unknown = self.requests if not self.known else [each for each in self.requests if each not in self.known]
        last = {event_id for event_id in unknown if self._sells_last(event_id)}
        if last:
            takes = ((event_id in last and self._takes(request)) for event_id, request in self.entries)
            self._put_off = [index for index, is_put_off in enumerate(takes) if is_put_off]
        put_off = set(self._put_off)
        self._outcomes = [
            None if index in put_off else self.ledgers[event_id].apply(request)
            for index, (event_id, request) in enumerate(self.entries)
        ]

    def finish(self) -> list[Any]:
        """Apply the rest; return what each request returns, a booking with its event, or what has refused it."""
        for index in self._put_off:
            event_id, request = self.entries[index]
            self._outcomes[index] = self.ledgers[event_id].apply(request)
        return [
            outcome | {"event": self.ledgers[event_id].event} if isinstance(outcome, dict) else outcome
            for (event_id, _), outcome in zip(self.entries, self._outcomes, strict=True)
        ]

    def _takes(self, request: Request) -> bool:
        """Return whether a request takes tickets, as far as what was read tells: an order does, or another's return."""
        if request.revives:
            named = (self.bookings.get(booking_id) for booking_id in request.booking_ids())
            return any(booking is not None and booking["status"] == EXPIRED for booking in named)
        return isinstance(request, Order)

    def _sells_last(self, event_id: ObjectId) -> bool:
        event = self.ledgers[event_id].event
        if event is None:
            return False
        return waitlist_of(event)["waiting"] > 0 or any(each.precedes_sales for each in self.requests[event_id])


class Loader(Protocol):
    """Reads something that the requests of a batch are checked against."""

    def load(self, batch: Batch) -> None:
        """Read it in the transaction of the batch, and store it in the batch or in its ledgers."""


class Settler(Protocol):
    """Does what follows from all requests of a batch together, before those are served who come last."""

    def settle(self, batch: Batch) -> None:
        """Change the ledgers of the batch; it may read in its transaction."""


class Writer(Protocol):
    """Writes something that the requests of a batch have changed."""

    def write(self, batch: Batch) -> None:
        """Write it in the transaction of the batch."""


class Steps:
    """The steps of a batch in its transaction: load, apply, settle, write. The `last` of them writes the events' stock.

    What bookings give back comes before it, for refunds are of payments that were written in the same transaction.
    Other transactions write to events too. Writing events last keeps the time in which they can collide short.
    """

    def __init__(self, loaders: Sequence[Loader], writers: Sequence[Writer], *last: Writer):
        self._loaders = list(loaders)
        self._settlers: list[Settler] = []
        self._writers = list(writers)
        self._last = last

    def join(
        self, loader: Loader | None = None, writer: Writer | None = None, *, settler: Settler | None = None
    ) -> None:
        """Add a loader, a settler and a writer, each of which runs after those of its kind that were added before.

        Settlers run before the first writer, and the stock is written last. What a settler does is done again if the
        batch is applied again with all events read.
        """
        if loader:
            self._loaders.append(loader)
        if settler:
            self._settlers.append(settler)
        if writer:
            self._writers.append(writer)

    def run(self, unit: UnitOfWork, entries: Sequence[Entry], *, read_all: bool = False) -> list[Any]:
        """Run all steps; return the outcome of each entry, in order (see `Batch.apply`).

        Unless `read_all`, tickets are sold of events as they are known; `EventChanged` is raised if one has changed.
        Where anything is refused, the events are read and all is decided again: a refusal is always of an event that
        this transaction has read.
        """
        batch = Batch(unit, entries, reads_all=read_all)
        outcomes = self._apply(batch)
        if not batch.is_proved():
            batch = Batch(unit, entries, reads_all=True)
            outcomes = self._apply(batch)
        for writer in (*self._writers, *self._last):
            writer.write(batch)
        return outcomes

    def _apply(self, batch: Batch) -> list[Any]:
        for loader in self._loaders:
            loader.load(batch)
        batch.apply()
        for settler in self._settlers:
            settler.settle(batch)
        return batch.finish()
