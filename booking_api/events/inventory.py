"""What bookings do to an event's stock, always in the transaction of the caller."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..auth.permissions import Actor
from ..storage.client import UnitOfWork
from . import permissions, rules
from .known_events import KnownEvents
from .model import Event
from .news import EventNews
from .permissions import MANAGER
from .rules import CANCELLED, DRAFT
from .stock import Stock
from .store import EventStore


class EventChanged(Exception):
    """An event has changed since this process saw it. It never happens to a transaction that has read the event."""


class Inventory:
    """Takes tickets off sale, puts them back, and ends the sale of an event."""

    def __init__(self, events: EventStore, news: EventNews, clock: Callable[[], datetime]):
        self._events = events
        self._news = news
        self._clock = clock
        self._known = KnownEvents()

    def find_booked(self, unit: UnitOfWork, event_id: ObjectId) -> Event:
        """Return a booked event, which is never deleted, as it is in the transaction of `unit`."""
        return cast(Event, self._events.find(event_id, unit.session))

    def find_all(self, unit: UnitOfWork, event_ids: Collection[ObjectId]) -> dict[ObjectId, Event]:
        """Return the events that exist, by their ids, as they are in the transaction of `unit`."""
        if not event_ids:
            return {}
        events = self._events.find_many(list(event_ids), unit.session)
        self._known.saw(events)
        return {event["_id"]: event for event in events}

    def find_known(self, unit: UnitOfWork, event_ids: Collection[ObjectId]) -> dict[ObjectId, Event]:
        """Return the events among these ids that this process knows, by id, as it last saw them.

        Use this only to take tickets, and only if nothing is refused: see `move_stock`.
        """
        # Without a transaction what was written before could not be undone.
        return self._known.find(event_ids) if unit.session is not None else {}

    def move_stock(self, unit: UnitOfWork, stocks: Iterable[Stock]) -> None:
        """Write what was done to events and their stock in the transaction of `unit`, with their changes for the feed.

        The update of each event requires its version, its status, that the waiting list alone is served from the same
        time on or not at all (see `waiting`), and enough tickets of each type that is taken from. It raises
        `EventChanged` where that is not so; the transaction must then be given up. This is why a sale may be decided on
        a known event. What else it depends on (prices, limits, dates) changes only with the version, in any
        version of this service, and if all orders are accepted where tickets remained, all would be accepted where
        others remain, as long as there are enough. A refusal, and whatever depends on the exact stock, is not proved
        by this: for that the event has to be read.

        The update sees the event as it was when the transaction made its first read or write. If anybody has written
        to it since, MongoDB refuses the update, and the attempt is repeated. So what the update has matched is what is
        sold from: no ticket is sold twice, at an earlier price, or of an event whose cancellation was committed.
        """
        moved = [stock for stock in stocks if stock.is_written]
        if not moved:
            return
        numbers = self._events.move_stock(moved, unit.session)
        if numbers is None:
            self._known.forget(stock.event["_id"] for stock in moved)
            raise EventChanged
        self._news.moved(unit, moved, numbers)
        unit.after_commit(lambda: self._known.sold(stock.moved_event() for stock in moved))

    def stop_sales(self, unit: UnitOfWork, event_id: ObjectId, caller_id: Actor, reason: str | None) -> Event | None:
        """Cancel an event in the transaction of `unit` and return it, or None if it was cancelled before.

        The caller has to cancel its bookings. Raises `EventNotFound`, `NotYourEvent` and `EventPast`.
        """
        event = permissions.require(MANAGER, self._events.find(event_id, unit.session), caller_id)
        if event["status"] == CANCELLED:
            return None
        now = self._clock()
        rules.require_not_over(event, now)
        changes: dict[str, Any] = {"status": CANCELLED, "cancel_reason": reason, "updated_at": now}
        if event["status"] == DRAFT:
            changes["cancelled_draft"] = True
        cancelled = self._events.change_status(event_id, changes, unit.session)
        self._news.cancelled(unit, event, cancelled, caller_id)
        return cancelled
