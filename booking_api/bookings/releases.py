"""Who writes what bookings give back besides tickets."""

from collections.abc import Callable

from ..storage.client import UnitOfWork
from .batch import Batch
from .released import Released

Write = Callable[[UnitOfWork, Released], None]


class Releases:
    """Writes what bookings give back, in the transaction that ends them; other packages join it."""

    def __init__(self) -> None:
        self._writes: list[Write] = []

    def join(self, write: Write) -> None:
        """Call `write` with whatever is given back from now on, if anything."""
        self._writes.append(write)

    def record(self, unit: UnitOfWork, released: Released) -> None:
        """Write this in the transaction of `unit`."""
        if released:
            for write in self._writes:
                write(unit, released)

    def write(self, batch: Batch) -> None:
        """Write what the bookings of a batch give back."""
        for ledger in batch.ledgers.values():
            self.record(batch.unit, ledger.released)
