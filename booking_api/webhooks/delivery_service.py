"""The use cases of deliveries: to look at them, to send one again, and to send a test."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from ..feed.schemas import TYPES
from ..storage.sort import Page, Position
from . import rules
from .agenda import Agenda
from .deliveries import of_test
from .delivery_store import DeliveryStore
from .model import Delivery, Webhook
from .rules import DeliveryNotFound, WebhookNotFound
from .store import WebhookStore


class DeliveryService:
    """Shows, replays and tests deliveries; each organizer sees only those of their own webhooks."""

    def __init__(
        self, webhooks: WebhookStore, deliveries: DeliveryStore, agenda: Agenda, clock: Callable[[], datetime]
    ):
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._agenda = agenda
        self._clock = clock

    def of_webhook(
        self, webhook_id: ObjectId, organizer_id: ObjectId, limit: int, after: Position | None
    ) -> Page[Delivery]:
        """Return a page of the deliveries of a webhook, newest first; raises `WebhookNotFound`."""
        self._own(webhook_id, organizer_id)
        return self._deliveries.find_of_webhook(webhook_id, limit, after)

    def send_test(
        self, webhook_id: ObjectId, organizer_id: ObjectId, kind: str | None, delivery_id: ObjectId
    ) -> Delivery:
        """Owe a webhook an example of a type, by default of the first that it wants; return the delivery.

        If an earlier attempt has made a delivery with this id, that is returned. Raises `WebhookNotFound` and
        `WebhookDisabled`.
        """
        webhook = self._own(webhook_id, organizer_id)
        rules.require_active(webhook)
        delivery = self._deliveries.find(delivery_id, webhook_id)
        if delivery is None:
            first = webhook["types"][0]
            kind = kind or (TYPES[0] if first == rules.EVERY_TYPE else first)
            delivery = of_test(delivery_id, webhook, kind, self._clock())
            self._deliveries.insert([delivery], None)
        self._agenda.wake(webhook_id)
        return delivery

    def replay(self, webhook_id: ObjectId, organizer_id: ObjectId, delivery_id: ObjectId) -> Delivery:
        """Send a delivery again at once, whatever became of it; return it.

        It ends a pause of the webhook. Raises `WebhookNotFound`, `DeliveryNotFound` and `WebhookDisabled`.
        """
        webhook = self._own(webhook_id, organizer_id)
        rules.require_active(webhook)
        delivery = self._deliveries.replay(delivery_id, webhook_id, self._clock())
        if delivery is None:
            raise DeliveryNotFound
        self._webhooks.change(webhook_id, {"paused_until": None})
        self._agenda.wake(webhook_id)
        return delivery

    def _own(self, webhook_id: ObjectId, organizer_id: ObjectId) -> Webhook:
        webhook = self._webhooks.find_own(webhook_id, organizer_id)
        if webhook is None:
            raise WebhookNotFound
        return webhook
