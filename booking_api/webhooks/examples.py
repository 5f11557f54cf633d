"""What the documentation shows of webhooks: one of Olga's."""

from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from ..bookings.facts import BOOKING_CONFIRMED
from ..events.changes import EVENT_UPDATED
from . import samples

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
NEW_WEBHOOK: dict[str, Any] = {"url": "https://hooks.example.com/tickets", "types": [BOOKING_CONFIRMED.name]}
WEBHOOK: dict[str, Any] = {
    "id": "7c1f9b0d2e4a6c8e0f1a2b3c",
    **NEW_WEBHOOK,
    "event_id": None,
    "status": "active",
    "disabled_reason": None,
    "failing_since": None,
    "last_delivery_at": None,
    "created_at": "2030-01-01T12:00:00Z",
    "updated_at": "2030-01-01T12:00:00Z",
}
CREATED = WEBHOOK | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
CHANGES = {"types": [BOOKING_CONFIRMED.name, EVENT_UPDATED]}
CHANGED = WEBHOOK | CHANGES
RENEWED = CHANGED | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
WEBHOOKS = {"items": [CHANGED], "next_cursor": None}
TEST = {"type": BOOKING_CONFIRMED.name}
DELIVERY = {
    "id": "7c1f9b0d2e4a6c8e0f1a2b3d",
    "webhook_id": WEBHOOK["id"],
    "message": samples.message(BOOKING_CONFIRMED.name, ObjectId("7c1f9b0d2e4a6c8e0f1a2b3e"), NOW),
    "test": True,
    "status": "pending",
    "next_attempt_at": "2030-01-01T12:00:00Z",
    "attempt_count": 0,
    "attempts": [],
    "created_at": "2030-01-01T12:00:00Z",
}
DELIVERIES = {"items": [DELIVERY], "next_cursor": None}
