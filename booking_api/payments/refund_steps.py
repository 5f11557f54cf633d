"""How refunds take part in transactions: what bookings give back becomes refunds, and so does what is asked for."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bson import ObjectId

from ..bookings.batch import Batch
from ..bookings.released import Released
from ..events.payment import STRIPE
from ..jobs.outbox import Outbox
from ..storage.client import UnitOfWork
from .facts import PAYMENT_REFUNDED, REFUND_OWED, OfRefund
from .model import Refund
from .providers.port import PENDING, SUCCEEDED
from .refund_changes import of_refund
from .refund_ledger import Allocation, RefundLedger, Wanted
from .refund_requests import RefundBooking, RefundRequest
from .refund_rules import RefundExceedsPayment
from .store import PaymentStore, RefundStore

log = logging.getLogger(__name__)


class Reservation:
    """Makes refunds in a transaction, each with the job that asks the provider for it if there is one.

    It reserves them of their payments, which therefore never give back more than they have brought.
    """

    def __init__(self, payments: PaymentStore, refunds: RefundStore, outbox: Outbox, clock: Callable[[], datetime]):
        self._payments = payments
        self._refunds = refunds
        self._outbox = outbox
        self._clock = clock

    def owe(self, unit: UnitOfWork, released: Released) -> None:
        """Make the refunds of what bookings give back; money that people hand back is only owed until they have."""
        wanted = [
            Wanted(each.booking, each.amount, ObjectId(), payment_id=each.payment_id)
            for each in released.refunds
            if each.booking["payment"]["mode"] == STRIPE
        ]
        allocation, missing = self._allocate(unit, wanted)
        for each, amount in missing:
            # The booking must end all the same; the audit shows what it owes without a refund.
            log.error("Booking %s owes %d that no payment has brought.", each.booking["_id"], amount)
        self._write(unit, allocation)

    def make(self, unit: UnitOfWork, wanted: Sequence[Wanted]) -> list[Refund]:
        """Make refunds that were asked for, and return them; raises `RefundExceedsPayment`."""
        allocation, missing = self._allocate(unit, wanted)
        for each, amount in missing:
            raise RefundExceedsPayment.of(each.amount - amount)
        self._write(unit, allocation)
        return allocation.refunds

    def _allocate(self, unit: UnitOfWork, wanted: Sequence[Wanted]) -> tuple[Allocation, list[tuple[Wanted, int]]]:
        booking_ids = {each.booking["_id"] for each in wanted}
        payments = self._payments.of_bookings(booking_ids, unit.session) if wanted else []
        allocation = Allocation(payments, self._clock())
        missing = [(each, allocation.add(each)) for each in wanted]
        return allocation, [(each, amount) for each, amount in missing if amount]

    def _write(self, unit: UnitOfWork, allocation: Allocation) -> None:
        self._payments.change({key: {"refunded": taken} for key, taken in allocation.taken.items()}, unit.session)
        self._refunds.insert(allocation.refunds, unit.session)
        self._outbox.record(unit, REFUND_OWED, _payloads(allocation.refunds, PENDING))
        self._outbox.record(unit, PAYMENT_REFUNDED, _payloads(allocation.refunds, SUCCEEDED))


class LoadRefunds:
    """Loads the refunds that requests name, and all those of bookings that are to be refunded."""

    def __init__(self, refunds: RefundStore):
        self._refunds = refunds

    def load(self, batch: Batch) -> None:
        """Read them in one query, if anything is asked about refunds."""
        asked = [request for _, request in batch.entries if isinstance(request, RefundRequest)]
        refund_ids = [each.refund_id for each in asked if not isinstance(each, RefundBooking)]
        booking_ids = [each.booking_id for each in asked if isinstance(each, RefundBooking)]
        if not refund_ids and not booking_ids:
            return
        for refund in self._refunds.known(refund_ids, booking_ids, batch.session):
            ledger = batch.ledgers.get(refund["event_id"])
            if ledger is not None:
                ledger.part(RefundLedger).known[refund["_id"]] = refund


class WriteRefunds:
    """Writes refunds, and tells the feed of money that has gone back. It has to run after payments are written."""

    def __init__(self, reservation: Reservation, refunds: RefundStore, outbox: Outbox):
        self._reservation = reservation
        self._refunds = refunds
        self._outbox = outbox

    def write(self, batch: Batch) -> None:
        """Write those of each event that has any."""
        for ledger in batch.ledgers.values():
            refunds: RefundLedger | None = ledger.parts.get(RefundLedger)
            if refunds is None:
                continue
            made = self._reservation.make(batch.unit, list(refunds.wanted.values())) if refunds.wanted else []
            done = [refunds.known[refund_id] for refund_id in refunds.done]
            ledger.stock.changes += [
                of_refund(each, ledger.bookings[each["booking_id"]]["amount"])
                for each in (*made, *done)
                if each["status"] == SUCCEEDED
            ]
            self._refunds.change(refunds.changed, batch.session)
            self._outbox.record(batch.unit, PAYMENT_REFUNDED, _payloads(done, SUCCEEDED))
            again: list[OfRefund] = [{"refund_id": refund_id} for refund_id in refunds.failed_late]
            self._outbox.record(batch.unit, REFUND_OWED, again)


def _payloads(refunds: Iterable[Refund], status: str) -> list[OfRefund]:
    return [{"refund_id": each["_id"]} for each in refunds if each["status"] == status]
