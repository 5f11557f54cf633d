"""Makes deliveries, of changes and of examples."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from ..events.changes import Numbered
from ..feed.envelopes import envelope
from . import samples
from .model import Delivery, Webhook
from .rules import PENDING


def of_change(webhook: Webhook, numbered: Numbered, now: datetime) -> Delivery:
    """Return the delivery of a change."""
    return _delivery(ObjectId(), webhook, envelope(numbered), now, test=False)


def of_test(delivery_id: ObjectId, webhook: Webhook, kind: str, now: datetime) -> Delivery:
    """Return the delivery of an example of this type; its `sequence` is 0, which no change has."""
    return _delivery(delivery_id, webhook, samples.message(kind, ObjectId(), now), now, test=True)


def _delivery(
    delivery_id: ObjectId, webhook: Webhook, message: dict[str, Any], now: datetime, *, test: bool
) -> Delivery:
    return {
        "_id": delivery_id,
        "webhook_id": webhook["_id"],
        "organizer_id": webhook["organizer_id"],
        "message_id": message["id"],
        "message": message,
        "sequence": message["sequence"],
        "test": test,
        "status": PENDING,
        "due_at": now,
        "first_attempt_at": None,
        "tries": 0,
        "attempt_count": 0,
        "attempts": [],
        "created_at": now,
    }
