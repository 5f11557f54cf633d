"""Changes as they leave the service, in the feed and in webhooks alike. Pure."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings.changes import BOOKING_TYPES
from ..clock import rfc3339
from ..events.changes import EVENT_TYPES, Numbered

TYPES = (*EVENT_TYPES, *BOOKING_TYPES)


def envelope(numbered: Numbered) -> dict[str, Any]:
    """Return a change as JSON shows it."""
    return {
        "id": str(numbered.change["_id"]),
        "type": numbered.change["type"],
        "timestamp": rfc3339(numbered.at),
        "event_id": str(numbered.event_id),
        "sequence": numbered.sequence,
        "data": _plain(numbered.change["data"]),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, ObjectId):
        return str(value)
    return rfc3339(value) if isinstance(value, datetime) else value
