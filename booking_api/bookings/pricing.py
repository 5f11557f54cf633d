"""What tickets cost: prices and amounts are in the minor unit of the event's currency. Pure."""

from collections.abc import Iterable, Sequence

from ..events.stock import Line

FREE = {"name": None, "price": 0}  # the implicit type of an event without ticket types


def price(lines: Sequence[Line], event: dict) -> list[dict]:
    """Return a booking's items: its lines with the names and the present prices of their ticket types."""
    types = {ticket_type["_id"]: ticket_type for ticket_type in event["ticket_types"]} | {None: FREE}
    return [
        {
            "ticket_type_id": line.ticket_type_id,
            "name": types[line.ticket_type_id]["name"],
            "quantity": line.quantity,
            "price": types[line.ticket_type_id]["price"],
        }
        for line in lines
    ]


def amount(items: Iterable[dict]) -> int:
    """Return what a booking's items cost in all."""
    return sum(item["quantity"] * item["price"] for item in items)
