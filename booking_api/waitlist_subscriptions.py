"""Registers the jobs of waiting lists, as `subscriptions` does those of all others."""

from functools import partial

from .events.facts import WAITLIST_DUE
from .jobs.outbox import Outbox
from .jobs.queues import BOOKS, MAIL
from .notifications.waitlist_mails import ENDED, JOINED, MISSED, OFFER, WaitlistMails
from .waitlist.facts import WAITLIST_CLOSED, WAITLIST_JOINED, WAITLIST_MISSED, WAITLIST_OFFERED
from .waitlist.wiring import SERVE, Waitlist

__all__ = ["Waitlist", "subscribe"]


def subscribe(outbox: Outbox, waitlist: Waitlist, mails: WaitlistMails) -> None:
    """Register every kind of job of waiting lists."""
    mail = partial(outbox.handle_batches, queue=MAIL)
    outbox.handle(SERVE, waitlist.service.serve, queue=BOOKS, fact=WAITLIST_DUE, retry_forever=True)
    mail(JOINED, mails.tell_joined, fact=WAITLIST_JOINED)
    mail(OFFER, mails.tell_offered, fact=WAITLIST_OFFERED)
    mail(MISSED, mails.tell_missed, fact=WAITLIST_MISSED)
    mail(ENDED, mails.tell_closed, fact=WAITLIST_CLOSED)
