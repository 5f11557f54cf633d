"""What the documentation shows of API keys: one for the scanners at the door of an event."""

from typing import Any

from ..auth.api_keys import PREFIX
from ..events.examples import EVENT

NEW_KEY = {
    "name": "Scanners at the main door",
    "scopes": ["events:read", "check-ins"],
    "event_id": EVENT["id"],
    "expires_at": "2031-06-02T04:00:00Z",
}
API_KEY: dict[str, Any] = {
    **NEW_KEY,
    "id": "d56dc36b8be3ee0d72f9227a",
    "created_at": "2030-01-01T12:00:00Z",
    "last_used_at": None,
}
CREATED = API_KEY | {"key": f"{PREFIX}{'0123456789abcdef' * 3}f2e41a7c"}
API_KEYS = {"items": [API_KEY], "next_cursor": None}
