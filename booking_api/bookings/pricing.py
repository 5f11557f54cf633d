"""Prices and amounts, in the minor unit of the event's currency. Pure."""

from collections.abc import Iterable, Sequence

from bson import ObjectId

from ..events.model import Event
from ..events.stock import Line
from .model import Item

IMPLICIT = (None, 0)  # name and price of the one type of an event without ticket types


def price(lines: Sequence[Line], event: Event) -> list[Item]:
    """Return a booking's items: its lines with the names and current prices of their ticket types."""
    types: dict[ObjectId | None, tuple[str | None, int]] = {None: IMPLICIT}
    for ticket_type in event["ticket_types"]:
        types[ticket_type["_id"]] = ticket_type["name"], ticket_type["price"]
    return [
        {
            "ticket_type_id": line.ticket_type_id,
            "name": types[line.ticket_type_id][0],
            "quantity": line.quantity,
            "price": types[line.ticket_type_id][1],
        }
        for line in lines
    ]


def amount(items: Iterable[Item]) -> int:
    """Return the total price of a booking's items."""
    return sum(item["quantity"] * item["price"] for item in items)
