"""The steps by which payments take part in the transactions of sales: they load and write payments."""

from collections import defaultdict

from bson import ObjectId

from ..bookings.batch import Batch
from ..bookings.facts import OfBooking
from ..bookings.released import Released
from ..bookings.rules import EXPIRED, HELD
from ..bookings.store import BookingStore
from ..jobs.facts import Fact
from ..jobs.outbox import Outbox
from ..storage.client import UnitOfWork
from .facts import PAYMENT_ABANDONED, OfPayment
from .metrics import count
from .payment_ledger import PaymentLedger
from .requests import OfPayments
from .store import PaymentStore


class LoadPayments:
    """Loads the payments of the bookings that requests about payments name, and what limits their customers."""

    def __init__(self, payments: PaymentStore, bookings: BookingStore):
        self._payments = payments
        self._bookings = bookings

    def load(self, batch: Batch) -> None:
        """Read them in one query, if anybody asks about payments."""
        asked = [(event_id, each) for event_id, each in batch.entries if isinstance(each, OfPayments)]
        if not asked:
            return
        ids = {booking_id for _, request in asked for booking_id in request.booking_ids()}
        for payment in self._payments.of_bookings(ids, batch.session):
            ledger = batch.ledgers.get(payment["event_id"])
            if ledger is not None:
                ledger.part(PaymentLedger).payments[payment["_id"]] = payment
        self._count_tickets(batch, [(event_id, each) for event_id, each in asked if each.revives])

    def _count_tickets(self, batch: Batch, asked: list[tuple[ObjectId, OfPayments]]) -> None:
        """Count the tickets of those whose expired bookings may be paid late, for events that limit it."""
        customers: defaultdict[ObjectId, set[ObjectId]] = defaultdict(set)
        for event_id, request in asked:
            booking, event = batch.bookings.get(request.booking_id), batch.ledgers[event_id].event
            if booking and booking["status"] in (HELD, EXPIRED) and event and event["max_per_customer"] is not None:
                customers[event_id].add(booking["customer_id"])
        for event_id, ids in customers.items():
            counted = self._bookings.count_tickets(event_id, list(ids), batch.session)
            batch.ledgers[event_id].tickets_of |= dict.fromkeys(ids, 0) | counted


class WritePayments:
    """Writes payments, and records what follows from them."""

    def __init__(self, payments: PaymentStore, outbox: Outbox):
        self._payments = payments
        self._outbox = outbox

    def write(self, batch: Batch) -> None:
        """Write those of all events together."""
        ledgers: list[PaymentLedger] = [
            ledger.parts[PaymentLedger] for ledger in batch.ledgers.values() if PaymentLedger in ledger.parts
        ]
        if not ledgers:
            return
        self._payments.change(
            {key: fields for payments in ledgers for key, fields in payments.changed.items()}, batch.session
        )
        self._payments.insert([payment for payments in ledgers for payment in payments.new], batch.session)
        of_facts: defaultdict[Fact[OfPayment], list[OfPayment]] = defaultdict(list)
        for payments in ledgers:
            for fact, payment_id in payments.facts:
                of_facts[fact].append({"payment_id": payment_id})
        for fact, payloads in of_facts.items():
            self._outbox.record(batch.unit, fact, payloads)
        batch.unit.after_commit(count([outcome for payments in ledgers for outcome in payments.outcomes]))


class AbandonAttempts:
    """Records that attempts to pay are void, because their bookings have ended."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox

    def write(self, unit: UnitOfWork, released: Released) -> None:
        """Record it for each booking."""
        abandoned = [OfBooking(booking_id=booking_id) for booking_id in released.abandoned]
        self._outbox.record(unit, PAYMENT_ABANDONED, abandoned)
