"""Events as they are stored, for the packages that only read them: one with its staff, several without."""

from collections.abc import Iterable, Iterator

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..auth.permissions import Actor, Permission, holds
from ..storage.client import Transactions, UnitOfWork
from . import permissions
from .model import Event, EventDates
from .store import EventStore

SNAPSHOT_BATCH = 200


class EventReader:
    """Reads events, without the names of their organizers."""

    def __init__(self, events: EventStore):
        self._events = events

    def require(self, permission: Permission, event_id: ObjectId, caller_id: Actor) -> Event:
        """Return an event on which the caller has the permission; raises `EventNotFound` and `NotYourEvent`."""
        return permissions.require(permission, self._events.find(event_id), caller_id)

    def is_held(self, permission: Permission, event_id: ObjectId, caller_id: ObjectId) -> bool:
        """Return whether the caller has the permission on an event, which may not exist."""
        event = self._events.find(event_id)
        return event is not None and holds(caller_id, permission, event)

    def by_id(self, event_ids: Iterable[ObjectId]) -> dict[ObjectId, Event]:
        """Return the events that exist, by their ids."""
        return {event["_id"]: event for event in self._events.find_many(list(set(event_ids)))}

    def dates(self, event_ids: Iterable[ObjectId]) -> dict[ObjectId, EventDates]:
        """Return when the events that exist begin and end, by their ids."""
        return {event["_id"]: event for event in self._events.find_dates(list(set(event_ids)))}

    def find(self, unit: UnitOfWork, event_id: ObjectId) -> Event | None:
        """Return an event as it is in the transaction of `unit`."""
        return self._events.find(event_id, unit.session)

    def as_of(self, session: ClientSession | None, event_id: ObjectId) -> Event | None:
        """Return an event as it is in a snapshot."""
        return self._events.find(event_id, session)

    def ids_of_organizer(self, organizer_id: ObjectId, after: ObjectId | None, limit: int) -> list[ObjectId]:
        """Return up to `limit` ids of an organizer's events, in order, starting after the id `after`."""
        return self._events.find_ids_of_organizer(organizer_id, after, limit)

    def count(self) -> int:
        """Return the approximate number of events."""
        return self._events.count()

    def in_snapshots(self, transactions: Transactions) -> Iterator[tuple[list[Event], ClientSession | None]]:
        """Yield all events in the order of their ids, some at a time, each time with the session that has read them.

        While the next are not asked for, what is read with the session is of the same moment.
        """
        last = None
        while True:
            # A snapshot for each batch: MongoDB keeps old snapshots only for some minutes.
            with transactions.snapshot() as session:
                events = self._events.find_batch(last, SNAPSHOT_BATCH, session)
                if not events:
                    return
                yield events, session
            last = events[-1]["_id"]
