"""Deletes what was kept for a webhook that was deleted."""

import time
from collections.abc import Callable

from bson import ObjectId

from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from .cursor_store import CursorStore
from .delivery_store import DeliveryStore
from .facts import WEBHOOK_DELETED, OfWebhook

ROWS_AT_ONCE = 1000
LONGEST_SECONDS = 20.0  # of a job, far below the lease


class Forgetting:
    """Deletes deliveries and cursors, some in each job."""

    def __init__(
        self,
        cursors: CursorStore,
        deliveries: DeliveryStore,
        outbox: Outbox,
        transactions: Transactions,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._stores = (cursors, deliveries)
        self._outbox = outbox
        self._transactions = transactions
        self._monotonic = monotonic

    def run(self, job: Job) -> None:
        """Delete what was kept for the webhook that a job names; owe another job if that takes too long."""
        webhook_id = job["payload"]["webhook_id"]
        latest = self._monotonic() + LONGEST_SECONDS
        while any(store.delete_some(webhook_id, ROWS_AT_ONCE) for store in self._stores):
            if self._monotonic() > latest:
                self._transactions.run(lambda unit: self._go_on(unit, webhook_id))
                return

    def _go_on(self, unit: UnitOfWork, webhook_id: ObjectId) -> None:
        self._outbox.record(unit, WEBHOOK_DELETED, [OfWebhook(webhook_id=webhook_id)])
