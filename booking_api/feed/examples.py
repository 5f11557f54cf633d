"""What the documentation shows of feeds: the first changes of Olga's event."""

from typing import Any

from ..accounts.examples import OLGA
from ..bookings.examples import BOOKING
from ..events.examples import EVENT


def _change(number: int, kind: str, second: int, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"65924f80c4a9d1000000000{number}",
        "type": kind,
        "timestamp": f"2030-01-01T12:00:{second:02}Z",
        "event_id": EVENT["id"],
        "sequence": number,
        "data": data,
    }


def _event(**changes: Any) -> dict[str, Any]:
    shown = {name: EVENT[name] for name in ("id", "status", "date", "total_tickets", "available_tickets")}
    return shown | {"version": 1, "changed": []} | changes


ACTOR = {"type": "user", "id": OLGA["id"]}
BOOKED = {
    "id": BOOKING["id"],
    "status": "confirmed",
    "quantity": BOOKING["quantity"],
    "items": [{name: item[name] for name in ("ticket_type_id", "quantity", "price")} for item in BOOKING["items"]],
    "amount": BOOKING["amount"],
    "currency": BOOKING["currency"],
    "hold_expires_at": None,
}
EDITED_EVENT = _event(version=2, total_tickets=120, available_tickets=117, changed=["total_tickets", "venue"])
MADE = _change(1, "event.created", 0, {"event": _event(), "actor": ACTOR})
SOLD = _change(2, "booking.confirmed", 30, {"booking": BOOKED, "actor": ACTOR | {"id": "65924f4ac4a9d10000000001"}})
EDITED = _change(3, "event.updated", 45, {"event": EDITED_EVENT, "actor": ACTOR})
CHANGES = {"items": [MADE, SOLD, EDITED], "next_after": 3, "oldest": 1}
