"""Changes as they leave the service, in the feed and in webhooks alike."""

from typing import Any, cast

from ..events.changes import Numbered
from .schemas import ChangeRead

CHANGE = ChangeRead()


def fields_of(numbered: Numbered) -> dict[str, Any]:
    """Return a numbered change as one document with the fields of its envelope."""
    return {
        "id": numbered.change["_id"],
        "type": numbered.change["type"],
        "timestamp": numbered.at,
        "event_id": numbered.event_id,
        "sequence": numbered.sequence,
        "data": numbered.change["data"],
    }


def envelope(numbered: Numbered) -> dict[str, Any]:
    """Return a change as JSON shows it."""
    return cast(dict[str, Any], CHANGE.dump(fields_of(numbered)))
