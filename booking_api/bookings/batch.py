"""A batch: the requests that share a transaction, and what takes part in it.

What a batch reads and writes is a list of loaders and of writers. Something new that a booking spends or is limited by
joins the transaction with a loader and a writer of its own, added where the application is put together.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from bson import ObjectId

from ..storage.client import UnitOfWork
from .ledger import EventLedger, Order, Request
from .model import Booking

Entry = tuple[ObjectId, Request]  # an event's id, and what is asked of it


class Batch:
    """Requests in order of arrival, and what the loaders have read for them in the transaction of `unit`.

    `bookings` are those that the requests name. `now` is the time when the events were read. There is one of the
    `ledgers` for each event, also for one that does not exist.
    """

    def __init__(self, unit: UnitOfWork, entries: Sequence[Entry]):
        self.unit = unit
        self.session = unit.session
        self.entries = entries
        self.requests: defaultdict[ObjectId, list[Request]] = defaultdict(list)
        for event_id, request in entries:
            self.requests[event_id].append(request)
        self.bookings: dict[ObjectId, Booking] = {}
        self.ledgers: dict[ObjectId, EventLedger] = {}
        self.now: datetime

    def orders(self) -> Iterator[tuple[ObjectId, Order]]:
        """The orders among the requests, each with the id of its event."""
        return ((event_id, request) for event_id, request in self.entries if isinstance(request, Order))

    def apply(self) -> list[Any]:
        """The outcome of each request, in order: a booking with its event, None, or the problem that refuses it."""
        outcomes = [self.ledgers[event_id].apply(request) for event_id, request in self.entries]
        return [
            outcome | {"event": self.ledgers[event_id].event} if isinstance(outcome, dict) else outcome
            for (event_id, _), outcome in zip(self.entries, outcomes, strict=True)
        ]


class Loader(Protocol):
    """Reads something that the requests of a batch are judged by."""

    def load(self, batch: Batch) -> None:
        """Read it in the transaction of the batch, and leave it in the batch or in its ledgers."""


class Writer(Protocol):
    """Writes something that the requests of a batch have changed."""

    def write(self, batch: Batch) -> None:
        """Write it in the transaction of the batch."""


class Steps:
    """All that a batch does in its transaction: load, apply, write; `last` is the writer of the events' stock.

    Other transactions write to events too, so they are written last: that is as short as a collision can be.
    """

    def __init__(self, loaders: Sequence[Loader], writers: Sequence[Writer], last: Writer):
        self._loaders = list(loaders)
        self._writers = list(writers)
        self._last = last

    def join(self, loader: Loader | None = None, writer: Writer | None = None) -> None:
        """Add a loader, which runs after the present ones, and a writer, which runs before the stock is written."""
        if loader:
            self._loaders.append(loader)
        if writer:
            self._writers.append(writer)

    def run(self, unit: UnitOfWork, entries: Sequence[Entry]) -> list[Any]:
        """The outcome of each entry, in order (see `Batch.apply`)."""
        batch = Batch(unit, entries)
        for loader in self._loaders:
            loader.load(batch)
        outcomes = batch.apply()
        for writer in self._writers:
            writer.write(batch)
        self._last.write(batch)
        return outcomes
