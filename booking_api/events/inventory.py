"""What bookings do to an event's stock, always in the transaction of the caller."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..auth.permissions import Actor
from ..storage.client import UnitOfWork
from . import permissions, rules
from .agenda import Agenda
from .model import Event
from .permissions import OWNER
from .releases import Releases
from .rules import CANCELLED, DRAFT
from .stock import Stock
from .store import EventStore


class Inventory:
    """Takes tickets off sale, puts them back, and ends the sale of an event."""

    def __init__(self, events: EventStore, agenda: Agenda, releases: Releases, clock: Callable[[], datetime]):
        self._events = events
        self._agenda = agenda
        self._releases = releases
        self._clock = clock

    def find_booked(self, unit: UnitOfWork, event_id: ObjectId) -> Event:
        """Return a booked event, which is never deleted, as it is in the transaction of `unit`."""
        return cast(Event, self._events.find(event_id, unit.session))

    def find_all(self, unit: UnitOfWork, event_ids: list[ObjectId]) -> dict[ObjectId, Event]:
        """Return the events that exist, by their ids, as they are in the transaction of `unit`."""
        return {event["_id"]: event for event in self._events.find_many(event_ids, unit.session)}

    def move_stock(self, unit: UnitOfWork, stocks: dict[ObjectId, Stock]) -> None:
        """Write the changes in the stock of events in the transaction of `unit`.

        Two transactions that move the stock of one event collide, so the stock that a booking was checked against
        is unchanged when it commits.
        """
        self._releases.moved(unit, stocks)
        moves = {event_id: stock.increments() for event_id, stock in stocks.items() if stock.moved}
        self._events.move_stock(moves, unit.session)

    def stop_sales(self, unit: UnitOfWork, event_id: ObjectId, caller_id: Actor, reason: str | None) -> Event | None:
        """Cancel an event in the transaction of `unit` and return it, or None if it was cancelled before.

        The caller has to cancel its bookings. Raises `EventNotFound`, `NotYourEvent` and `EventPast`.
        """
        event = permissions.require(OWNER, self._events.find(event_id, unit.session), caller_id)
        if event["status"] == CANCELLED:
            return None
        now = self._clock()
        rules.require_not_over(event, now)
        changes: dict[str, Any] = {"status": CANCELLED, "cancel_reason": reason, "updated_at": now}
        if event["status"] == DRAFT:
            changes["cancelled_draft"] = True
        self._agenda.clear(unit, event_id)
        return self._events.change_status(event_id, changes, unit.session)
