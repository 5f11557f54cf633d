"""What the feed of an event says of its waiting list. Pure."""

from typing import Any

from ..events.changes import Change, ChangedBy, change
from ..jobs.facts import Fact
from .facts import WAITLIST_JOINED, WAITLIST_OFFERED, OfEntry
from .model import Entry

WAITLIST_TYPES = (WAITLIST_JOINED.name, WAITLIST_OFFERED.name)


def of_entry(fact: Fact[OfEntry], entry: Entry, actor: ChangedBy) -> Change:
    """Return a change of an entry to what it is now."""
    shown: dict[str, Any] = {
        "id": entry["_id"],
        "status": entry["status"],
        "quantity": entry["quantity"],
        "min_quantity": entry["min_quantity"],
        "ticket_type_id": entry["ticket_type_id"],
        "booking_id": entry["booking_id"],
        "offer_expires_at": entry["offer_expires_at"],
    }
    return change(fact.name, {"waitlist": shown}, actor)
