"""Registers the mails about payments, as `subscriptions` does the jobs of all others."""

from .jobs.outbox import Outbox
from .jobs.queues import MAIL
from .notifications.payment_mails import DUE, LATE, REFUNDED
from .notifications.wiring import Notifications
from .payments.facts import PAYMENT_DUE, PAYMENT_LATE, PAYMENT_REFUNDED

__all__ = ["subscribe"]


def subscribe(outbox: Outbox, notifications: Notifications) -> None:
    """Register every kind of mail about payments; the receipt of one is the confirmation of its booking."""
    mails = notifications.payment_mails
    outbox.handle_batches(DUE, mails.tell_due, queue=MAIL, fact=PAYMENT_DUE)
    outbox.handle_batches(LATE, mails.tell_late, queue=MAIL, fact=PAYMENT_LATE)
    outbox.handle_batches(REFUNDED, mails.tell_refunded, queue=MAIL, fact=PAYMENT_REFUNDED)
