"""What takes part in the transaction of a batch, and in which order."""

from bson import ObjectId

from booking_api.bookings.batch import Steps
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.ledger import EventLedger
from booking_api.bookings.requests import Expiry
from booking_api.storage.client import UnitOfWork


class Step:
    """A loader and a writer that note their turn."""

    def __init__(self, name, log):
        self.name, self.log = name, log

    def load(self, batch):
        """Open a ledger for each event."""
        self.log.append(f"load {self.name}")
        batch.ledgers = {event_id: EventLedger(None, {}, {}, None, draw_keys) for event_id in batch.requests}

    def write(self, _batch):
        """Write nothing."""
        self.log.append(f"write {self.name}")


def test_what_joins_a_batch_loads_after_the_others_and_writes_before_the_stock():
    log = []
    first, joined, stock = (Step(name, log) for name in ("first", "joined", "stock"))
    steps = Steps([first], [first], stock)
    steps.join(joined, joined)
    assert steps.run(UnitOfWork(None), [(ObjectId(), Expiry(ObjectId()))]) == [None]
    assert log == ["load first", "load joined", "write first", "write joined", "write stock"]
