"""What follows from every change of an event, in the transaction that makes it.

Its feed and its history get the change, and its scheduled jobs are made to fit.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..auth.permissions import Actor
from ..jobs.outbox import Outbox
from ..storage.client import UnitOfWork
from .agenda import Agenda
from .change_store import ChangeStore
from .changes import EVENT_CANCELLED, EVENT_CREATED, EVENT_DELETED, EVENT_PUBLISHED, EVENT_UPDATED, of_event
from .feed import Feed
from .history import History, differences
from .model import Event
from .stock import Stock


class EventNews:
    """Tells the feed, the history and the agenda of an event what was done; `actor` is who did it.

    An event that was written is given as it is now, with its counter of changes.
    """

    def __init__(
        self,
        outbox: Outbox,
        changes: ChangeStore,
        history: History,
        clock: Callable[[], datetime],
        notice_seconds: int,
    ):
        self.agenda = Agenda(outbox, clock, notice_seconds)
        self.feed = Feed(changes, outbox, clock)
        self._history = history
        self._forget: list[Callable[[UnitOfWork, ObjectId], None]] = [history.forget]

    def when_deleted(self, forget: Callable[[UnitOfWork, ObjectId], None]) -> None:
        """Call this too where an event is deleted, with its id: it deletes what a later package keeps of the event."""
        self._forget.append(forget)

    def created(self, unit: UnitOfWork, event: Event, actor: Actor) -> None:
        """An event was made."""
        self.agenda.dated(unit, event)
        self._append(unit, EVENT_CREATED, event, actor)
        self._history.created(unit, actor, event)

    @staticmethod
    def changed_fields(event: Event, edit: Mapping[str, Any]) -> list[str]:
        """Return the names of the fields that an edit really changes, given what of the event it will store."""
        return sorted(differences(event, {**event, **edit})[1])

    def edited(self, unit: UnitOfWork, before: Event, after: Event, actor: Actor, changed: Sequence[str]) -> None:
        """An event was edited, and these fields of it have changed; there is no change to tell if there are none."""
        self.agenda.edited(unit, before, after)
        self._history.updated(unit, actor, before, after)
        if changed:
            self._append(unit, EVENT_UPDATED, after, actor, changed)

    def published(self, unit: UnitOfWork, before: Event, after: Event, actor: Actor) -> None:
        """A draft was published."""
        self.agenda.dated(unit, after)
        self._append(unit, EVENT_PUBLISHED, after, actor, ["status"])
        self._history.published(unit, actor, before, after)

    def cancelled(self, unit: UnitOfWork, before: Event, after: Event, actor: Actor) -> None:
        """An event was cancelled; its bookings are still to be."""
        self.agenda.cancelled(unit, after)
        self._append(unit, EVENT_CANCELLED, after, actor, ["status"])
        self._history.cancelled(unit, actor, before, after)

    def deleted(self, unit: UnitOfWork, event: Event, actor: Actor) -> None:
        """An event was deleted; it is given as it was."""
        self.agenda.deleted(unit, event)
        self._append(unit, EVENT_DELETED, event | {"sequence": event.get("sequence", 0) + 1}, actor)
        for forget in self._forget:
            forget(unit, event["_id"])

    def moved(self, unit: UnitOfWork, stocks: Sequence[Stock], numbers: Mapping[ObjectId, int]) -> None:
        """Bookings were made or changed; `numbers` has the counter of each event by its id."""
        self.feed.append(unit, [(stock.event, numbers[stock.event["_id"]], stock.changes) for stock in stocks])

    def _append(self, unit: UnitOfWork, kind: str, event: Event, actor: Actor, changed: Sequence[str] = ()) -> None:
        self.feed.append(unit, [(event, event["sequence"], [of_event(kind, event, actor, changed)])])
