"""Registers the jobs of payments, as `subscriptions` does those of all others."""

from functools import partial

from .jobs.outbox import Outbox
from .payments.facts import PAYMENT_ABANDONED, PAYMENT_OVERDUE, PROVIDER_EVENT_RECEIVED, REFUND_OWED
from .payments.kinds import ABANDONED, FOLLOW, OVERDUE, PAYMENTS
from .payments.refund_wiring import EXECUTE, Refunds
from .payments.wiring import Payments

__all__ = ["subscribe"]


def subscribe(outbox: Outbox, payments: Payments, refunds: Refunds) -> None:
    """Register every kind of job of payments: each waits for the provider, and nothing else waits for it."""
    ask = partial(outbox.handle, queue=PAYMENTS, retry_forever=True)
    ask(OVERDUE, payments.jobs.end_overdue, fact=PAYMENT_OVERDUE)
    ask(ABANDONED, payments.jobs.end_abandoned, fact=PAYMENT_ABANDONED)
    ask(EXECUTE, refunds.execute, fact=REFUND_OWED)
    ask(FOLLOW, payments.events.follow, fact=PROVIDER_EVENT_RECEIVED)
