"""The loaders and writers of every batch: bookings, events with their stock, customers' tickets and holds, facts."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from ..events.inventory import Inventory
from ..events.payment import NONE, mode_of
from ..jobs.facts import Fact
from ..jobs.outbox import Outbox
from .batch import Batch, Loader, Steps
from .codes import draw_keys
from .facts import TICKETS_CANCELLED, OfBooking, OfTransfer
from .holds import REMEMBERED
from .ledger import EventLedger
from .orders import Order
from .releases import Releases
from .store import BookingStore


class LoadBookings:
    """Loads the bookings that requests name."""

    def __init__(self, bookings: BookingStore):
        self._bookings = bookings

    def load(self, batch: Batch) -> None:
        """Read them in one query."""
        named = [booking_id for _, request in batch.entries for booking_id in request.booking_ids()]
        batch.bookings = self._bookings.load(named, batch.session)


class OpenLedgers:
    """Opens a ledger for each event: for the event as it is known where the batch allows that, or as it is now."""

    def __init__(self, inventory: Inventory, clock: Callable[[], datetime]):
        self._inventory = inventory
        self._clock = clock

    def load(self, batch: Batch) -> None:
        """Read the events that are not known; the clock is read after them."""
        known = self._inventory.find_known(batch.unit, batch.may_be_known())
        # What has to be paid is held, and holds depend on how many tickets are left.
        known = {event_id: event for event_id, event in known.items() if mode_of(event) == NONE}
        events = self._inventory.find_all(batch.unit, [each for each in batch.requests if each not in known])
        batch.now = self._clock()
        for event_id in batch.requests:
            event = known.get(event_id) or events.get(event_id)
            batch.ledgers[event_id] = EventLedger(event, batch.bookings, {}, batch.now, draw_keys)
        batch.known = known.keys()


class CountTickets:
    """Loads how many tickets the ordering customers have, for events that limit it."""

    def __init__(self, bookings: BookingStore):
        self._bookings = bookings

    def load(self, batch: Batch) -> None:
        """Count them, once for each event with a limit."""
        for event_id, ledger in batch.ledgers.items():
            if ledger.event is not None and ledger.event["max_per_customer"] is not None:
                customers = [r.customer_id for r in batch.requests[event_id] if isinstance(r, Order)]
                ledger.tickets_of = self._bookings.count_tickets(event_id, customers, batch.session)


class LoadHolds:
    """Loads the recent holds of customers who ask for another one."""

    def __init__(self, bookings: BookingStore):
        self._bookings = bookings

    def load(self, batch: Batch) -> None:
        """Read all of them in one query."""
        max_held = {
            (event_id, order.customer_id): most
            for event_id, order in batch.orders()
            if (event := batch.ledgers[event_id].event) and (most := order.most_held(event))
        }
        found = self._bookings.load_holds(max_held, batch.now - REMEMBERED, batch.session)
        for (event_id, customer_id), holds in found.items():
            batch.ledgers[event_id].holds_of[customer_id] = holds


class WriteBookings:
    """Writes new bookings, and the changes of others."""

    def __init__(self, bookings: BookingStore):
        self._bookings = bookings

    def write(self, batch: Batch) -> None:
        """Write the bookings of all events together."""
        ledgers = batch.ledgers.values()
        new = [booking for ledger in ledgers for booking in ledger.new]
        changed = {booking_id: changes for ledger in ledgers for booking_id, changes in ledger.changed.items()}
        self._bookings.write(new, changed, batch.session)


class RecordFacts:
    """Records the jobs that the facts cause."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox

    def write(self, batch: Batch) -> None:
        """Record each fact once, for all its bookings together."""
        owed: defaultdict[tuple[Fact[OfBooking], float], list[OfBooking]] = defaultdict(list)
        for ledger in batch.ledgers.values():
            for fact, booking_id, delay in ledger.facts:
                owed[fact, delay].append(OfBooking(booking_id=booking_id))
        for (fact, delay), payloads in owed.items():
            self._outbox.record(batch.unit, fact, payloads, delay=delay)
        apart = [payload for ledger in batch.ledgers.values() for payload in ledger.tickets_cancelled]
        self._outbox.record(batch.unit, TICKETS_CANCELLED, apart)
        of_holders: defaultdict[Fact[OfTransfer], list[OfTransfer]] = defaultdict(list)
        for ledger in batch.ledgers.values():
            for of_holder, payload in ledger.of_transfers:
                of_holders[of_holder].append(payload)
        for of_holder, of_transfers in of_holders.items():
            self._outbox.record(batch.unit, of_holder, of_transfers)


class MoveStock:
    """Writes the stock of the events."""

    def __init__(self, inventory: Inventory):
        self._inventory = inventory

    def write(self, batch: Batch) -> None:
        """Write the stock of each event from which tickets were taken, or into which they were put back."""
        self._inventory.move_stock(batch.unit, [ledger.stock for ledger in batch.ledgers.values() if ledger.event])


def steps(
    bookings: BookingStore, inventory: Inventory, outbox: Outbox, clock: Callable[[], datetime], releases: Releases
) -> Steps:
    """Return the steps of every batch, in their order."""
    loaders: list[Loader] = [
        LoadBookings(bookings),
        OpenLedgers(inventory, clock),
        CountTickets(bookings),
        LoadHolds(bookings),
    ]
    return Steps(loaders, [WriteBookings(bookings), RecordFacts(outbox)], releases, MoveStock(inventory))
