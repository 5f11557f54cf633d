"""Adds to the feeds what an older version, which knows of none, did to bookings while it ran beside this one."""

from collections.abc import Iterator

from bson import ObjectId

from ..bookings.changes import of_booking
from ..bookings.facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD
from ..bookings.model import Booking
from ..bookings.reader import BookingReader
from ..bookings.rules import CANCELLED, CONFIRMED, EXPIRED, HELD
from ..events.changes import BY_SYSTEM, Change
from ..events.inventory import Inventory
from ..events.stock import Stock
from ..storage.client import Transactions, UnitOfWork
from .audit import FeedAudit, Told

BATCH = 500  # bookings in one transaction
TRIES = 20  # for an event that is being sold meanwhile
FACTS = {HELD: BOOKING_HELD, CONFIRMED: BOOKING_CONFIRMED, CANCELLED: BOOKING_CANCELLED, EXPIRED: BOOKING_EXPIRED}
BEGAN_AS = {CANCELLED: CONFIRMED, EXPIRED: HELD}  # what a booking was at first, as far as its end tells


class FeedRepair:
    """Brings the feeds up to what the bookings are, so that who follows one misses nothing for good."""

    def __init__(
        self,
        audit: FeedAudit,
        bookings: BookingReader,
        inventory: Inventory,
        transactions: Transactions,
    ):
        self._audit = audit
        self._bookings = bookings
        self._inventory = inventory
        self._transactions = transactions

    def repair(self) -> int:
        """Add the missing changes of all events, as the doing of the service; return how many bookings they are about.

        Can be repeated, and run while this version serves.
        """
        return sum(map(self._repair_event, list(self._audit.behind())))

    def _repair_event(self, event_id: ObjectId) -> int:
        repaired = 0
        for _ in range(TRIES):
            with self._transactions.snapshot() as session:
                told, untold = self._audit.compare(event_id, session)
            if not untold:
                break
            repaired += self._add(event_id, told, untold[:BATCH])
        return repaired

    def _add(self, event_id: ObjectId, told: Told, booking_ids: list[ObjectId]) -> int:
        def attempt(unit: UnitOfWork) -> int:
            event = self._inventory.find_booked(unit, event_id)
            if event.get("sequence", 0) != (told.last or 0):  # its feed has grown since
                return 0
            stock = Stock(event)
            found = self._bookings.find(unit, booking_ids)
            for booking in found:
                stock.changes.extend(_missing(told, booking))
            self._inventory.move_stock(unit, [stock])
            return len(found)

        return self._transactions.run(attempt)


def _missing(told: Told, booking: Booking) -> Iterator[Change]:
    status = booking["status"]
    if booking["_id"] not in told.bookings and status in BEGAN_AS:
        began: Booking = {**booking, "status": BEGAN_AS[status]}
        yield of_booking(FACTS[began["status"]], began, BY_SYSTEM)
    yield of_booking(FACTS[status], booking, BY_SYSTEM)
