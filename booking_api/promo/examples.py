"""What the documentation shows of promo codes: Olga's for her opera gala."""

from typing import Any

from ..bookings.examples import STALLS
from ..events.examples import EVENT_WITH_TYPES

NEW_CODE = {
    "code": "Gala-20",
    "kind": "percent",
    "value": 20,
    "max_tickets": 50,
    "max_per_customer": 2,
    "ticket_type_ids": [STALLS["id"]],
    "valid_until": "2031-09-01T00:00:00Z",
}
CODE: dict[str, Any] = {
    "id": "8cead1a91b6e3902af350692",
    "event_id": EVENT_WITH_TYPES["id"],
    **NEW_CODE,
    "max_bookings": None,
    "valid_from": None,
    "enabled": True,
    "used_tickets": 0,
    "used_bookings": 0,
    "created_at": "2030-01-01T12:00:00Z",
    "updated_at": "2030-01-01T12:00:00Z",
}
CHANGES = {"value": 25, "max_tickets": 100}
CHANGED = CODE | CHANGES
NEW_CODES = {
    "codes": [
        {"code": "GUEST-1", "kind": "set_price", "value": 0, "max_bookings": 1},
        {"code": "GUEST-2", "kind": "amount", "value": 1000, "max_bookings": 1},
    ]
}
_UNLIMITED = {"max_tickets": None, "max_per_customer": None, "ticket_type_ids": None, "valid_until": None}
MADE_CODES = {
    "items": [
        CODE | _UNLIMITED | each | {"id": f"5f0d3c2b1a9988776655444{number}"}
        for number, each in enumerate(NEW_CODES["codes"])
    ]
}
CODES = {"items": [CODE], "next_cursor": None}


_LINE = {"ticket_type_id": STALLS["id"], "name": STALLS["name"], "quantity": 2, "price": STALLS["price"]}
_OFF = 2 * STALLS["price"] // 5
_COSTS = 2 * STALLS["price"] - _OFF
QUOTE_REQUEST = {"items": [{"ticket_type_id": STALLS["id"], "quantity": 2}], "code": "gala-20"}
QUOTE = {
    "items": [{**_LINE, "discount": _OFF, "amount": _COSTS}],
    "discount": _OFF,
    "amount": _COSTS,
    "currency": EVENT_WITH_TYPES["currency"],
}
