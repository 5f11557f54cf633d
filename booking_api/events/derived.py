"""What an event stores for lists alone: it follows from what its organizer says, and is renewed with it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from . import search, shop, spans, titles

Event = Mapping[str, Any]
# Each derived field with the fields that it follows from
SOURCES: dict[str, tuple[tuple[str, ...], Callable[[Event], Any]]] = {
    "words": (search.SEARCHED, search.of_event),
    "title_key": (("title",), lambda event: titles.sort_key(event["title"])),
    "span": (("date", "end_date"), spans.span_of),
    "min_price": (("ticket_types",), lambda event: shop.least_price(event["ticket_types"])),
}


def of_event(event: Event) -> dict[str, Any]:
    """Return all derived fields of an event."""
    return {name: derive(event) for name, (_, derive) in SOURCES.items()}


def of_edit(event: Event, changes: Event) -> dict[str, Any]:
    """Return the derived fields that an edit renews: the span each time, as an older version may have left another."""
    edited, changed = {**event, **changes}, {"end_date", *changes}
    return {name: derive(edited) for name, (sources, derive) in SOURCES.items() if not changed.isdisjoint(sources)}
