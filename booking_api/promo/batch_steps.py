"""What promo codes add to the batches of sales: a loader and a writer, and giving back what bookings have used."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from bson import ObjectId
from prometheus_client import Counter as Metric

from ..bookings.batch import Batch
from ..bookings.code_uses import CodeUses
from ..bookings.discounts import Discounts
from ..bookings.model import Booking
from ..bookings.released import Released
from ..bookings.rules import EXPIRED, HELD
from ..observability.metrics import REGISTRY
from ..storage.client import UnitOfWork
from .spelling import key_of
from .store import CodeStore
from .uses import CodeInSale

USED = Metric("promo_codes_used", "Bookings that were made with a promo code.", registry=REGISTRY)


class LoadCodes:
    """Loads the codes that orders name, and those of expired bookings that may get their tickets again.

    A batch without any reads nothing.
    """

    def __init__(self, codes: CodeStore, uses: CodeUses):
        self._codes = codes
        self._uses = uses

    def load(self, batch: Batch) -> None:
        """Read them in one query, and in another what customers have with those that limit it."""
        named: defaultdict[ObjectId, set[str]] = defaultdict(set)
        customers = set()
        for event_id, order in batch.orders():
            if order.code is not None:
                named[event_id].add(order.code)
                customers.add(order.customer_id)
        if named:
            self._load_named(batch, named)
        revived = [booking for booking in _revived(batch) if "promo" in booking]
        if revived:
            self._load_used(batch, revived)
            customers |= {booking["customer_id"] for booking in revived}
        if customers:
            self._count(batch, customers)

    def _load_named(self, batch: Batch, named: Mapping[ObjectId, Collection[str]]) -> None:
        keys = {event_id: {key_of(text) for text in texts} for event_id, texts in named.items()}
        found = self._codes.find_named(keys, batch.session)
        for event_id, texts in named.items():
            ledger = batch.ledgers[event_id]
            discounts = ledger.part(Discounts)
            for text in texts:
                code = found.get((event_id, key_of(text)))
                if code is not None and code["enabled"]:
                    known = discounts.by_id.setdefault(code["_id"], CodeInSale(code, ledger.released))
                    discounts.as_written[text] = known

    def _load_used(self, batch: Batch, bookings: Sequence[Booking]) -> None:
        codes = self._codes.by_id([booking["promo"]["_id"] for booking in bookings], batch.session)
        for booking in bookings:
            code, ledger = codes.get(booking["promo"]["_id"]), batch.ledgers[booking["event_id"]]
            if code is not None:  # it may have been deleted
                ledger.part(Discounts).by_id.setdefault(code["_id"], CodeInSale(code, ledger.released))

    def _count(self, batch: Batch, customers: Collection[ObjectId]) -> None:
        limited = [each for each in codes_of(batch) if each.code["max_per_customer"] is not None]
        if not limited:
            return
        counts = self._uses.tickets_of([each.code["_id"] for each in limited], customers, batch.session)
        for each in limited:
            each.tickets_of = {customer_id: counts[each.code["_id"], customer_id] for customer_id in customers}


class WriteUses:
    """Writes what orders have used, and what bookings give back."""

    def __init__(self, codes: CodeStore):
        self._codes = codes

    def write(self, batch: Batch) -> None:
        """Add what a batch has used to each code, once.

        A transaction that has edited or deleted a code since this one has read it makes this update collide: then all
        is decided again. So no code is used under terms that it no longer has, or above its limits.
        """
        used = [each for each in codes_of(batch) if each.bookings]
        tickets = Counter({each.code["_id"]: each.tickets for each in used})
        bookings = Counter({each.code["_id"]: each.bookings for each in used})
        self._codes.use(tickets, bookings, batch.session)
        if used:
            batch.unit.after_commit(lambda: USED.inc(bookings.total()))

    def give_back(self, unit: UnitOfWork, released: Released) -> None:
        """Take what bookings give back from the uses of their codes."""
        tickets = Counter({code_id: -count for code_id, count in released.tickets.items()})
        bookings = Counter({code_id: -count for code_id, count in released.bookings.items()})
        self._codes.use(tickets, bookings, unit.session)


def _revived(batch: Batch) -> Iterator[Booking]:
    """Yield the expired bookings that may get their tickets again by a request of the batch."""
    for _, request in batch.entries:
        if request.revives:
            for booking_id in request.booking_ids():
                booking = batch.bookings.get(booking_id)
                # One that is held now may expire in this batch, before it is paid.
                if booking is not None and booking["status"] in (HELD, EXPIRED):
                    yield booking


def codes_of(batch: Batch) -> list[CodeInSale]:
    """Return the codes that were loaded for a batch."""
    parts = [ledger.parts[Discounts] for ledger in batch.ledgers.values() if Discounts in ledger.parts]
    return [code for part in parts for code in part.by_id.values() if isinstance(code, CodeInSale)]
