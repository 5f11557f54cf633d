"""The stock of an event: its tickets on sale, by type or as one implicit type. Pure; the event is a document.

An event without ticket types has one implicit type, whose id is None and whose stock is the event's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from bson import ObjectId

from . import hidden
from .changes import Change
from .model import Event


@dataclass(frozen=True)
class Line:
    """A number of tickets of one type."""

    ticket_type_id: ObjectId | None
    quantity: int


class Stock:
    """Counts tickets taken from and put back into an event's stock; gives the sum as one update of its document.

    `changes` are what the transaction does to the event, for its feed; they are written with the stock, and so are the
    check-in lists that are used from now on.
    """

    def __init__(self, event: Event):
        self.event = event
        self._types = {
            ticket_type["_id"]: (index, ticket_type) for index, ticket_type in enumerate(event["ticket_types"])
        }
        self._change: defaultdict[ObjectId | None, int] = defaultdict(int)  # what has a key was moved
        self.changes: list[Change] = []
        self.lists_used: set[str] = set()  # for which tickets were scanned, though none was before
        self.released = False  # whether any tickets were put back, even if others took them at once
        self.sets: dict[str, Any] = {}  # fields of an event that was read in this transaction, with their new values

    @property
    def available(self) -> int:
        """The number of tickets on sale, of all types."""
        return self.event["available_tickets"] + sum(self._change.values())

    def available_of(self, type_id: ObjectId | None) -> int:
        """Return the number of tickets of one type on sale."""
        if type_id is None:
            return self.available
        return self._types[type_id][1]["available"] + self._change.get(type_id, 0)

    @property
    def is_written(self) -> bool:
        """True if there is anything to write."""
        return self.moved or bool(self.changes or self.sets)

    @property
    def moved(self) -> bool:
        """True if any tickets were taken or put back, even if as many were put back as taken."""
        return bool(self._change)

    def take(self, lines: Iterable[Line]) -> None:
        """Take tickets off sale; the caller has checked that they are available."""
        for line in lines:
            self._change[line.ticket_type_id] -= line.quantity

    def put_back(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Put the tickets of a booking's items back on sale."""
        for item in items:
            self._change[item["ticket_type_id"]] += item["quantity"]
            self.released = True

    def increments(self) -> dict[str, int]:
        """Return the fields of the event to increment, and by how much.

        Ticket types are named by their position in the list, so they are only right for this version of the event.
        """
        by_field = {
            f"ticket_types.{self._types[type_id][0]}.available": change
            for type_id, change in self._change.items()
            if type_id is not None and change
        }
        total = sum(self._change.values())
        return by_field | ({"available_tickets": total} if total else {}) | self._shown_increment()

    def _shown_increment(self) -> dict[str, int]:
        """Return by how much the tickets of shown types on sale change; only an event with hidden types counts them."""
        if self.event.get("shown_available") is None:
            return {}
        unseen = {type_id for type_id, (_, ticket_type) in self._types.items() if hidden.is_hidden(ticket_type)}
        shown = sum(change for type_id, change in self._change.items() if type_id not in unseen)
        return {hidden.SHOWN_AVAILABLE: shown} if shown else {}

    def moved_event(self) -> Event:
        """Return the event as it is once its increments are written."""
        types = self.event["ticket_types"]
        if types:
            types = [{**each, "available": each["available"] + self._change.get(each["_id"], 0)} for each in types]
        moved: dict[str, Any] = {"ticket_types": types, "available_tickets": self.available}
        moved["ever_booked"] = self.moved or self.event.get("ever_booked", False)
        for name, change in self._shown_increment().items():
            moved[name] = (self.event["shown_available"] or 0) + change
        return cast(Event, {**self.event, **moved, **self.sets})
