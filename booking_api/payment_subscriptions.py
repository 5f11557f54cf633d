"""Registers the jobs of payments, as `subscriptions` does those of all others."""

from functools import partial

from .jobs.outbox import Outbox
from .jobs.queues import MAIL
from .notifications.payment_mails import DUE, LATE, REFUNDED
from .notifications.wiring import Notifications
from .payments.facts import (
    PAYMENT_ABANDONED,
    PAYMENT_DUE,
    PAYMENT_LATE,
    PAYMENT_OVERDUE,
    PAYMENT_REFUNDED,
    PROVIDER_EVENT_RECEIVED,
    REFUND_OWED,
)
from .payments.kinds import ABANDONED, FOLLOW, OVERDUE, PAYMENTS
from .payments.refund_wiring import EXECUTE, Refunds
from .payments.wiring import Payments

__all__ = ["subscribe"]


def subscribe(outbox: Outbox, payments: Payments, refunds: Refunds, notifications: Notifications) -> None:
    """Register every kind of job of payments.

    Those that ask the provider wait for nothing else, and nothing else for them. The receipt of a payment is the
    confirmation of its booking, so it has no mail of its own.
    """
    ask = partial(outbox.handle, queue=PAYMENTS, retry_forever=True)
    ask(OVERDUE, payments.jobs.end_overdue, fact=PAYMENT_OVERDUE)
    ask(ABANDONED, payments.jobs.end_abandoned, fact=PAYMENT_ABANDONED)
    ask(EXECUTE, refunds.execute, fact=REFUND_OWED)
    ask(FOLLOW, payments.events.follow, fact=PROVIDER_EVENT_RECEIVED)
    mails = notifications.payment_mails
    outbox.handle_batches(DUE, mails.tell_due, queue=MAIL, fact=PAYMENT_DUE)
    outbox.handle_batches(LATE, mails.tell_late, queue=MAIL, fact=PAYMENT_LATE)
    outbox.handle_batches(REFUNDED, mails.tell_refunded, queue=MAIL, fact=PAYMENT_REFUNDED)
