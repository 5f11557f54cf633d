"""Registers the jobs of refunds, as `subscriptions` does those of all others."""

from .jobs.outbox import Outbox
from .jobs.queues import PAYMENTS
from .payments.facts import REFUND_OWED
from .payments.refund_wiring import EXECUTE, Refunds

__all__ = ["Refunds", "subscribe"]


def subscribe(outbox: Outbox, refunds: Refunds) -> None:
    """Register every kind of job of refunds."""
    outbox.handle(EXECUTE, refunds.execute, queue=PAYMENTS, fact=REFUND_OWED, retry_forever=True)
