"""What the documentation shows of waiting lists: Carl waits for tickets of Olga's book club."""

from typing import Any

from ..accounts.examples import RENAMED
from ..events.examples import DRAFT

JOIN = {"quantity": 10}
WAITING: dict[str, Any] = {
    "id": "7d3c1f0e5a9b8c7d6e5f4a3b",
    "event_id": DRAFT["id"],
    "quantity": 10,
    "min_quantity": 10,
    "ticket_type_id": None,
    "position": 1,
    "status": "waiting",
    "booking_id": None,
    "offer_expires_at": None,
    "created_at": "2030-01-01T12:00:00Z",
}
OFFERED = WAITING | {
    "position": None,
    "status": "offered",
    "booking_id": "1d18dd89c9fe399f6e06b519",
    "offer_expires_at": "2030-01-01T13:00:00Z",
}
ENTRIES = {
    "items": [WAITING | {"customer": {"name": RENAMED["name"], "email": RENAMED["email"]}}],
    "next_cursor": None,
}
