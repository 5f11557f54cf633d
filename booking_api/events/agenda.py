"""What an event owes at a later time: the notice of its changes, and what is due a day before. One job of each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..jobs.schedule import Schedule
from ..storage.client import UnitOfWork
from . import rules
from .facts import EVENT_CHANGED, EVENT_SCHEDULED, OfEvent, Scheduled
from .model import Event

REMIND_BEFORE = timedelta(hours=24)


class Agenda:
    """Puts what an event owes on its date, and moves it along with the event, in the transaction that changes it."""

    def __init__(self, outbox: Outbox, clock: Callable[[], datetime], notice_seconds: int):
        self._schedule = Schedule(outbox)
        self._clock = clock
        self._notice_wait = timedelta(seconds=notice_seconds)

    def dated(self, unit: UnitOfWork, event: Event) -> None:
        """The event has its date: owe what is due a day before, unless that moment has passed."""
        event_id, due_at = event["_id"], event["date"] - REMIND_BEFORE
        if event["status"] != rules.CANCELLED and due_at > self._clock():
            payload: Scheduled = {"event_id": event_id, "date": event["date"]}
            self._schedule.put(unit, EVENT_SCHEDULED, str(event_id), payload, due_at)
        else:
            self._schedule.remove(unit, EVENT_SCHEDULED, str(event_id))

    def edited(self, unit: UnitOfWork, before: Event, after: Event) -> None:
        """The event was edited: owe its guests what they are still to be told, and move what depends on its date."""
        if rules.guest_view(after) != rules.guest_view(before) and rules.has_untold_changes(after):
            self.tell_changes(unit, after["_id"], self._clock() + self._notice_wait)
        if after["date"] != before["date"]:
            self.dated(unit, after)

    def tell_changes(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Owe the notice of an event's changes at that time, or when it is due already if that is sooner."""
        self._schedule.put(unit, EVENT_CHANGED, str(event_id), OfEvent(event_id=event_id), due_at, or_sooner=True)

    def clear(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """The event will not take place: owe nothing that lies ahead."""
        self._schedule.remove(unit, EVENT_CHANGED, str(event_id))
        self._schedule.remove(unit, EVENT_SCHEDULED, str(event_id))
