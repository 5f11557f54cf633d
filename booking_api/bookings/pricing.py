"""Prices and amounts, in the minor unit of the event's currency. Pure."""

from collections.abc import Iterable, Sequence

from bson import ObjectId

from ..events.model import Event
from ..events.stock import Line
from .model import Item

IMPLICIT = (None, 0)  # name and price of the one type of an event without ticket types


def price(lines: Sequence[Line], event: Event, reductions: Sequence[int | None] = ()) -> list[Item]:
    """Return a booking's items: its lines with the names and current prices of their ticket types.

    `reductions` are what a code takes off the price of each ticket, by line: None where it does not apply.
    """
    types: dict[ObjectId | None, tuple[str | None, int]] = {None: IMPLICIT}
    for ticket_type in event["ticket_types"]:
        types[ticket_type["_id"]] = ticket_type["name"], ticket_type["price"]
    items: list[Item] = [
        {
            "ticket_type_id": line.ticket_type_id,
            "name": types[line.ticket_type_id][0],
            "quantity": line.quantity,
            "price": types[line.ticket_type_id][1],
        }
        for line in lines
    ]
    for item, reduction in zip(items, reductions, strict=False):
        if reduction is not None:
            item["reduction"] = reduction
    return items


def to_pay(item: Item) -> int:
    """Return what each ticket of an item costs."""
    return item["price"] - item.get("reduction", 0)


def amount(items: Iterable[Item]) -> int:
    """Return the total price of a booking's items."""
    return sum(item["quantity"] * to_pay(item) for item in items)


def discount(items: Iterable[Item]) -> int:
    """Return what a code has taken off the prices of a booking's items."""
    return sum(item["quantity"] * item.get("reduction", 0) for item in items)


def discounted(items: Iterable[Item]) -> int:
    """Return to how many tickets a code was applied, whether it made them cheaper or not."""
    return sum(item["quantity"] for item in items if "reduction" in item)
