"""Ticket types that are hidden: shown and sold only to who has a code that unlocks them. Pure.

Who runs an event sees all of its types. What everybody else sees of it, its totals and prices too, is as if it had no
hidden ones. An event that has some stores how many tickets of the others are on sale, as `shown_available`: lists tell
by it what can be had, at the cost of other events. Where no type is hidden it is missing, or None once one was.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from bson import ObjectId

from . import shop
from .model import Event, TicketType

SHOWN_AVAILABLE = "shown_available"
# A version before may sell without counting these, so it may be below 0 until the next edit, or `migrate`.
_SOME_SHOWN = {SHOWN_AVAILABLE: {"$not": {"$lte": 0}}}


def is_hidden(ticket_type: Mapping[str, Any]) -> bool:
    """Return whether a ticket type is hidden."""
    return bool(ticket_type.get("hidden"))


def has_hidden(event: Mapping[str, Any]) -> bool:
    """Return whether any of the types that an event is given with is hidden."""
    return any(each.get("hidden") for each in event["ticket_types"])


def differs_by_viewer(event: Event) -> bool:
    """Return whether others see the event with other types; it may be given as anybody sees it."""
    return event.get("shown_available") is not None or has_hidden(event)


def orderable(event: Event, unlocked: Collection[ObjectId]) -> list[TicketType]:
    """Return the types that are shown, and those that were `unlocked`."""
    return [each for each in event["ticket_types"] if not each.get("hidden") or each["_id"] in unlocked]


def shown_to_public(event: Event) -> Event:
    """Return a shown event as who does not run it sees it; it is the same object if none of its types is hidden."""
    return unlocked(event, ())


def unlocked(event: Event, type_ids: Collection[ObjectId]) -> Event:
    """Return a shown event as somebody sees it whose code unlocks these types."""
    return _with_types(event, orderable(event, type_ids)) if has_hidden(event) else event


def shown_available(event: Mapping[str, Any]) -> int | None:
    """Return how many tickets of shown types are on sale, or None if no type is hidden."""
    types: Sequence[TicketType] = event["ticket_types"]
    return sum(each["available"] for each in types if not is_hidden(each)) if has_hidden(event) else None


def least_price(event: Mapping[str, Any]) -> int | None:
    """Return the lowest price of the shown types, in minor units: None if all are hidden, and 0 without types."""
    types: Sequence[TicketType] = event["ticket_types"]
    shown = [each for each in types if not is_hidden(each)]
    return shop.least_price(shown) if shown or not types else None


def on_sale(available: bool) -> dict[str, Any]:
    """Return the condition for events of which shown tickets are on sale, or with False none."""
    condition = {"available_tickets": {"$gt": 0}, **_SOME_SHOWN}
    return condition if available else {"$nor": [condition]}


def _with_types(event: Event, types: list[TicketType]) -> Event:
    totals = {
        "ticket_types": types,
        "total_tickets": sum(each["total"] for each in types),
        "available_tickets": sum(each["available"] for each in types),
        SHOWN_AVAILABLE: shown_available(event),
    }
    return cast(Event, {**event, **totals, **shop.prices(types)})
