"""What an event stores for lists alone: it follows from what its organizer says, and is renewed with it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from . import hidden, search, spans, titles

Event = Mapping[str, Any]
# Each derived field with the fields that it follows from
SOURCES: dict[str, tuple[tuple[str, ...], Callable[[Event], Any]]] = {
    "words": (search.SEARCHED, search.of_event),
    "title_key": (("title",), lambda event: titles.sort_key(event["title"])),
    "span": (("date", "end_date"), spans.span_of),
    "min_price": (("ticket_types",), hidden.least_price),
    hidden.SHOWN_AVAILABLE: (("ticket_types",), hidden.shown_available),
}


def of_event(event: Event) -> dict[str, Any]:
    """Return all derived fields of an event; one that would be None is left out."""
    fields = {name: derive(event) for name, (_, derive) in SOURCES.items()}
    return {name: value for name, value in fields.items() if value is not None}


def of_edit(event: Event, changes: Event) -> dict[str, Any]:
    """Return the derived fields that an edit renews: the span each time, as an older version may have left another.

    A None is there only where it replaces something.
    """
    edited, changed = {**event, **changes}, {"end_date", *changes}
    fields = {name: derive(edited) for name, (sources, derive) in SOURCES.items() if not changed.isdisjoint(sources)}
    return {name: value for name, value in fields.items() if value is not None or event.get(name) is not None}
