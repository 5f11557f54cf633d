"""What the documentation shows of waiting lists: Carl waits for tickets of Olga's gala."""

from typing import Any

from ..accounts.examples import CARL
from ..bookings.examples import STALLS
from ..events.examples import EVENT_WITH_TYPES

JOIN = {"ticket_type_id": STALLS["id"], "quantity": 4, "min_quantity": 2}
WAITING: dict[str, Any] = {
    "id": "7d3c1f0e5a9b8c7d6e5f4a3b",
    "event_id": EVENT_WITH_TYPES["id"],
    "quantity": 4,
    "min_quantity": 2,
    "ticket_type_id": STALLS["id"],
    "position": 17,
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
    "items": [OFFERED | {"customer": {"name": CARL["name"], "email": CARL["email"]}}],
    "next_cursor": None,
}
