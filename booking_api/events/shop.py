"""What a shop shows of an event besides its dates and tickets. Pure."""

from collections.abc import Sequence
from typing import Any, cast

from .model import Event, TicketType

# Events from before these fields lack them.
DEFAULTS: dict[str, Any] = {"category": None, "tags": [], "image_url": None}


def least_price(ticket_types: Sequence[TicketType]) -> int:
    """Return the lowest price of an event's types, or 0 without types, in minor units."""
    return min((ticket_type["price"] for ticket_type in ticket_types), default=0)


def prices(ticket_types: Sequence[TicketType]) -> dict[str, int]:
    """Return the lowest and the highest price of some types, in minor units."""
    all_of_them = [ticket_type["price"] for ticket_type in ticket_types] or [0]
    return {"min_price": min(all_of_them), "max_price": max(all_of_them)}


def shown(event: Event) -> Event:
    """Return the event with what a shop shows of it, whichever version has written it."""
    return cast(Event, {**DEFAULTS, **event, **prices(event["ticket_types"])})
