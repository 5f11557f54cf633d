"""What the documentation shows of feeds: Olga makes an event, and Carl books, holds and confirms."""

from typing import Any

from ..accounts.examples import CARL, OLGA
from ..bookings.examples import BOOKING, CONFIRMED, HELD
from ..events.examples import EVENT


def _change(number: int, kind: str, person: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {
        "id": f"65924f80c4a9d1000000000{number}",
        "type": kind,
        "timestamp": EVENT["created_at"],
        "event_id": EVENT["id"],
        "sequence": number,
        "data": data | {"actor": {"type": "user", "id": person["id"]}},
    }


def _booking(booking: dict[str, Any]) -> dict[str, Any]:
    shown = {name: booking[name] for name in ("id", "status", "quantity", "amount", "currency", "hold_expires_at")}
    items = [{name: item[name] for name in ("ticket_type_id", "quantity", "price")} for item in booking["items"]]
    return shown | {"items": items}


SHOWN_EVENT = {name: EVENT[name] for name in ("id", "status", "date", "total_tickets", "available_tickets")}
SOLD = _change(2, "booking.confirmed", CARL, booking=_booking(BOOKING))
CHANGES = {
    "items": [
        _change(1, "event.created", OLGA, event=SHOWN_EVENT | {"version": 1, "changed": []}),
        SOLD,
        _change(3, "booking.held", CARL, booking=_booking(HELD)),
        _change(4, "booking.confirmed", CARL, booking=_booking(CONFIRMED)),
    ],
    "next_after": 4,
    "oldest": 1,
}
