"""The loader and the writer of scans, which join the batches of sales."""

from collections import defaultdict

from bson import ObjectId

from ..bookings.batch import Batch
from .requests import CheckingIn, Door
from .store import ScanStore


class LoadScans:
    """Loads the scans that were sent before with the nonces of a batch."""

    def __init__(self, scans: ScanStore):
        self._scans = scans

    def load(self, batch: Batch) -> None:
        """Read those of each event in one query; none is read if nothing is scanned."""
        nonces: defaultdict[ObjectId, set[str]] = defaultdict(set)
        for event_id, request in batch.entries:
            if isinstance(request, CheckingIn):
                nonces[event_id] |= {scan.nonce for scan in request.scans if scan.nonce}
        for event_id, some in nonces.items():
            if some:
                logged = self._scans.with_nonces(event_id, some, batch.session)
                batch.ledgers[event_id].part(Door).logged = logged


class WriteScans:
    """Writes the scans that were logged, and those that were undone."""

    def __init__(self, scans: ScanStore):
        self._scans = scans

    def write(self, batch: Batch) -> None:
        """Write those of each event."""
        for ledger in batch.ledgers.values():
            door: Door | None = ledger.parts.get(Door)
            if door is not None:
                self._scans.write(list(door.new.values()), door.outdone, door.undone, batch.session)
