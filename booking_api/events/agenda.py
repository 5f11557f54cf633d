"""The scheduled jobs of an event: the notice of its changes, the reminder a day before, and its waiting list.

At most one of each.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..jobs.schedule import Schedule
from ..storage.client import UnitOfWork
from . import rules, waiting
from .facts import EVENT_CHANGED, EVENT_SCHEDULED, WAITLIST_DUE, OfDeletedEvent, OfEvent, Scheduled
from .model import DeletedEvent, Event

REMIND_BEFORE = timedelta(hours=24)


class Agenda:
    """Schedules an event's jobs and reschedules them when it moves, in the transaction that changes the event."""

    def __init__(self, outbox: Outbox, clock: Callable[[], datetime], notice_seconds: int):
        self._schedule = Schedule(outbox)
        self._clock = clock
        self._notice_wait = timedelta(seconds=notice_seconds)

    def dated(self, unit: UnitOfWork, event: Event) -> None:
        """Schedule the reminder a day before the event, or remove it if it is too late or the event is cancelled."""
        event_id, due_at = event["_id"], event["date"] - REMIND_BEFORE
        if event["status"] != rules.CANCELLED and due_at > self._clock():
            payload: Scheduled = {"event_id": event_id, "date": event["date"]}
            self._schedule.put(unit, EVENT_SCHEDULED, str(event_id), payload, due_at)
        else:
            self._schedule.remove(unit, EVENT_SCHEDULED, str(event_id))

    def edited(self, unit: UnitOfWork, before: Event, after: Event) -> None:
        """Schedule a notice if guests are to be told about the edit, and reschedule the reminder if the date moved."""
        if rules.guest_view(after) != rules.guest_view(before) and rules.has_untold_changes(after):
            self.tell_changes(unit, after["_id"], self._clock() + self._notice_wait)
        if after["date"] != before["date"]:
            self.dated(unit, after)
        if waiting.is_due(after):
            self.serve_waitlist(unit, after["_id"], self._clock())

    def serve_waitlist(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Have the waiting list of an event looked through at `due_at`, or sooner if it is due sooner already."""
        self._schedule.put(unit, WAITLIST_DUE, str(event_id), OfEvent(event_id=event_id), due_at, or_sooner=True)

    def deleted(self, unit: UnitOfWork, event: Event) -> None:
        """Remove the pending jobs of an event that was deleted, and have its waiting list closed."""
        event_id = event["_id"]
        self.clear(unit, event_id)
        if "waitlist" in event:
            payload: OfDeletedEvent = {"event_id": event_id, "event": _kept(event)}
            self._schedule.put(unit, WAITLIST_DUE, str(event_id), payload, self._clock(), or_sooner=True)

    def cancelled(self, unit: UnitOfWork, event: Event) -> None:
        """Remove the pending jobs of an event that was cancelled, and have its waiting list closed."""
        self.clear(unit, event["_id"])
        if waiting.is_due(event):
            self.serve_waitlist(unit, event["_id"], self._clock())

    def tell_changes(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Schedule the notice of an event's changes for `due_at`; one that is due sooner stays as it is."""
        self._schedule.put(unit, EVENT_CHANGED, str(event_id), OfEvent(event_id=event_id), due_at, or_sooner=True)

    def clear(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """Remove the pending jobs of an event that will not take place."""
        self._schedule.remove(unit, EVENT_CHANGED, str(event_id))
        self._schedule.remove(unit, EVENT_SCHEDULED, str(event_id))


def _kept(event: Event) -> DeletedEvent:
    return {
        "_id": event["_id"],
        "organizer_id": event["organizer_id"],
        "title": event["title"],
        "date": event["date"],
        "end_date": event["end_date"],
        "venue": event["venue"],
        "timezone": event["timezone"],
        "status": rules.CANCELLED,
    }
