"""Registers the jobs of webhooks, as `subscriptions` does those of all others."""

from functools import partial

from .events.facts import FEED_GREW
from .jobs.outbox import Outbox
from .jobs.queues import MAIL
from .notifications.account_mails import TELL_OF_DISABLED_WEBHOOK
from .notifications.wiring import Notifications
from .webhooks import kinds
from .webhooks.facts import DELIVERIES_DUE, SLOW_DELIVERIES_DUE, WEBHOOK_BEHIND, WEBHOOK_DELETED, WEBHOOK_DISABLED
from .webhooks.wiring import Webhooks

__all__ = ["Webhooks", "subscribe"]


def subscribe(outbox: Outbox, webhooks: Webhooks, notifications: Notifications) -> None:
    """Register every kind of job of webhooks."""
    jobs, mails = webhooks.jobs, notifications.webhook_mails

    # What the feed of an event has becomes deliveries
    follow = partial(outbox.handle, queue=kinds.FOLLOWING, retry_forever=True)
    outbox.handle_batches(kinds.FOLLOW, jobs.follower.follow, queue=kinds.FOLLOWING, fact=FEED_GREW)
    follow(kinds.CATCH_UP, jobs.catch_up.run, fact=WEBHOOK_BEHIND)
    follow(kinds.FORGET, jobs.forgetting.run, fact=WEBHOOK_DELETED)

    # A job for each webhook makes its deliveries
    deliver = partial(outbox.handle, handler=jobs.deliverer.run, retry_forever=True)
    deliver(kinds.DELIVER, queue=kinds.RECEIVERS, fact=DELIVERIES_DUE)
    deliver(kinds.DELIVER_SLOWLY, queue=kinds.SLOW_RECEIVERS, fact=SLOW_DELIVERIES_DUE)
    outbox.handle_batches(TELL_OF_DISABLED_WEBHOOK, mails.tell_of_disabled, queue=MAIL, fact=WEBHOOK_DISABLED)
