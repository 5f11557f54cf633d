"""Publishes that tickets of an event have gone on sale again, or that more have been added."""

from collections.abc import Iterable

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..storage.client import UnitOfWork
from .facts import TICKETS_RELEASED, OfEvent
from .model import Event
from .stock import Stock


class Releases:
    """Publishes released tickets in the transaction that releases them; writes nothing if there are no subscribers."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox

    def moved(self, unit: UnitOfWork, stocks: Iterable[Stock]) -> None:
        """Publish the tickets of bookings that expired or were cancelled, including with their event."""
        self._publish(unit, [stock.event["_id"] for stock in stocks if stock.released])

    def edited(self, unit: UnitOfWork, before: Event, after: Event) -> None:
        """Publish tickets that were added by an edit of the event."""
        self._publish(unit, [after["_id"]] if _is_raised(before, after) else [])

    def _publish(self, unit: UnitOfWork, event_ids: Iterable[ObjectId]) -> None:
        payloads: list[OfEvent] = [{"event_id": event_id} for event_id in event_ids]
        self._outbox.record(unit, TICKETS_RELEASED, payloads)


def _is_raised(before: Event, after: Event) -> bool:
    earlier = {kind["_id"]: kind["available"] for kind in before["ticket_types"]}
    return after["available_tickets"] > before["available_tickets"] or any(
        kind["available"] > earlier.get(kind["_id"], 0) for kind in after["ticket_types"]
    )
