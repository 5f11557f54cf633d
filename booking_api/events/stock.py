"""The stock of an event: its tickets on sale, by type or as one implicit type. Pure; the event is a document.

An event without ticket types has one implicit type, whose id is None and whose stock is the event's own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from .model import Event


@dataclass(frozen=True)
class Line:
    """So many tickets of one type."""

    ticket_type_id: ObjectId | None
    quantity: int


class Stock:
    """Counts what leaves and re-enters an event's stock, and says it as one update of the event's document."""

    def __init__(self, event: Event):
        self._event = event
        self._types = {
            ticket_type["_id"]: (index, ticket_type) for index, ticket_type in enumerate(event["ticket_types"])
        }
        self._change: Counter[ObjectId | None] = Counter()
        self.released = False  # whether any tickets were put back, even if others took them at once

    @property
    def available(self) -> int:
        """Tickets on sale, of all types."""
        return self._event["available_tickets"] + self._change.total()

    def available_of(self, type_id: ObjectId | None) -> int:
        """Tickets of one type on sale."""
        if type_id is None:
            return self.available
        return self._types[type_id][1]["available"] + self._change[type_id]

    @property
    def moved(self) -> bool:
        """Whether any tickets have left or re-entered it, even if as many came as went."""
        return bool(self._change)

    def take(self, lines: Iterable[Line]) -> None:
        """Take tickets off sale; the caller has seen that they are there."""
        for line in lines:
            self._change[line.ticket_type_id] -= line.quantity

    def put_back(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Put the tickets of a booking's items back on sale."""
        for item in items:
            self._change[item["ticket_type_id"]] += item["quantity"]
            self.released = True

    def increments(self) -> dict[str, int]:
        """What to add to which field. The places of the types hold only in the transaction that read the event."""
        by_field = {
            f"ticket_types.{self._types[type_id][0]}.available": change
            for type_id, change in self._change.items()
            if type_id is not None and change
        }
        total = self._change.total()
        return by_field | ({"available_tickets": total} if total else {})
