"""Registers the jobs of waiting lists, as `subscriptions` does those of all others."""

from .events.facts import WAITLIST_DUE
from .jobs.outbox import Outbox
from .jobs.queues import BOOKS
from .waitlist.wiring import SERVE, Waitlist

__all__ = ["Waitlist", "subscribe"]


def subscribe(outbox: Outbox, waitlist: Waitlist) -> None:
    """Register every kind of job of waiting lists. Nobody subscribes to what is published of single entries yet."""
    outbox.handle(SERVE, waitlist.service.serve, queue=BOOKS, fact=WAITLIST_DUE, retry_forever=True)
