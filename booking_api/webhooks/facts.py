"""The facts that webhooks publish."""

from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact


class OfWebhook(TypedDict):
    """The webhook that a fact is about."""

    webhook_id: ObjectId


class Behind(TypedDict):
    """A webhook that may have missed changes: of events that changed lately, or of all, with ids `after` one."""

    webhook_id: ObjectId
    all_events: bool
    after: ObjectId | None


WEBHOOK_DISABLED = Fact[OfWebhook]("webhook.disabled")  # by the service, not by its owner
WEBHOOK_DELETED = Fact[OfWebhook]("webhook.deleted")
WEBHOOK_BEHIND = Fact[Behind]("webhook.behind")
# Scheduled: it has deliveries that are due, and is served with the others, or with those that are slow.
DELIVERIES_DUE = Fact[OfWebhook]("webhook.deliveries_due")
SLOW_DELIVERIES_DUE = Fact[OfWebhook]("webhook.slow_deliveries_due")
