"""Who writes what bookings give back besides tickets, and who closes open attempts to pay before that."""

from collections.abc import Callable, Collection

from bson import ObjectId

from ..storage.client import UnitOfWork
from . import payment, ticket_rules
from .batch import Batch
from .model import Booking
from .released import Released
from .rules import HELD

Close = Callable[[Booking], None]
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


class OpenAttempts:
    """Has open attempts to pay closed first, so that nobody pays for what is being cancelled; `payments` joins it.

    Where a booking is given up without that (its event is cancelled, an offer declined), they are closed afterwards.
    """

    def __init__(self) -> None:
        self._close: Close | None = None

    def join(self, close: Close) -> None:
        """Call `close` for held bookings with an open attempt from now on; see there for what it raises."""
        self._close = close

    def close(self, booking: Booking, ticket_ids: Collection[ObjectId] | None = None) -> None:
        """Close the open attempt of a held booking. It may turn out that it was paid: then it is confirmed after this.

        A hold of which only some tickets are named is not given up, so its attempt stays open. Raises
        `PaymentProviderUnavailable` and `PaymentMismatch`, and `ValidationFailed` for tickets that are not the
        booking's: what may not be cancelled can be paid as before.
        """
        if ticket_ids is not None and len(ticket_rules.choose(booking, ticket_ids)) < booking["quantity"]:
            return
        if self._close is not None and booking["status"] == HELD and payment.attempt_of(booking) is not None:
            self._close(booking)
