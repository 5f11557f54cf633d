"""Registers the jobs of waiting lists, as `subscriptions` does those of all others."""

from .events.facts import WAITLIST_DUE
from .jobs.outbox import Outbox
from .jobs.queues import BOOKS, MAIL
from .notifications.waitlist_mails import CLOSED_LIST, JOINED, MISSED, OFFERED
from .notifications.wiring import Notifications
from .waitlist.facts import WAITLIST_CLOSED, WAITLIST_JOINED, WAITLIST_MISSED, WAITLIST_OFFERED
from .waitlist.wiring import SERVE, Waitlist

__all__ = ["Waitlist", "subscribe"]


def subscribe(outbox: Outbox, waitlist: Waitlist, notifications: Notifications) -> None:
    """Register every kind of job of waiting lists."""
    mails = notifications.waitlist_mails
    outbox.handle(SERVE, waitlist.service.serve, queue=BOOKS, fact=WAITLIST_DUE, retry_forever=True)
    outbox.handle_batches(JOINED, mails.tell_joined, queue=MAIL, fact=WAITLIST_JOINED)
    outbox.handle_batches(OFFERED, mails.tell_offered, queue=MAIL, fact=WAITLIST_OFFERED)
    outbox.handle_batches(MISSED, mails.tell_missed, queue=MAIL, fact=WAITLIST_MISSED)
    outbox.handle_batches(CLOSED_LIST, mails.tell_closed, queue=MAIL, fact=WAITLIST_CLOSED)
