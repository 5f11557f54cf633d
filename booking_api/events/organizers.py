"""The names of organizers, which events keep: to show an event to everybody takes no second command (0.2 ms of CPU).

A renamed organizer's events are rewritten by a job. Until it has come to them they are shown under the old name, though
not to the organizer. Events from before this have no name, and neither do those of an account that is gone: the account
is looked up each time.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..accounts.names import AccountNames
from ..jobs.model import Job
from ..storage.client import Transactions, UnitOfWork
from . import hidden, shop, waiting
from .model import Event, Organizer
from .store import EventStore

RENAME = "events.rename_organizer"
FOUND = 1000  # events that are looked for at once
BATCH = 100  # events that are rewritten in one transaction, with which their sales collide


class Organizers:
    """Shows events with the names of their organizers, and renews the names that events keep."""

    def __init__(
        self, events: EventStore, names: AccountNames, transactions: Transactions, clock: Callable[[], datetime]
    ):
        self._events = events
        self._names = names
        self._transactions = transactions
        self._clock = clock

    def shown(self, events: Sequence[Event]) -> list[Event]:
        """Return events as everybody sees them, whichever version has written them: with the names that they keep.

        The `organizer` is None if there is no such account.
        """
        unnamed = {event["organizer_id"] for event in events if "organizer_name" not in event}
        found = self._names.of(unnamed) if unnamed else {}
        now = self._clock()
        return [_shown(each, each.get("organizer_name", found.get(each["organizer_id"])), now) for each in events]

    def seen_by_others(self, event: Event, unlocked: Collection[ObjectId] = ()) -> Event:
        """Return a shown event as who does not run it sees it, with hidden types that were `unlocked`.

        It is the same object if none of its types is hidden.
        """
        return hidden.unlocked(event, unlocked) if unlocked else hidden.shown_to_public(event)

    def shown_to_organizer(self, events: Sequence[Event]) -> list[Event]:
        """Return events as their organizers see them: with the present names of the accounts."""
        found = self._names.of(event["organizer_id"] for event in events)
        now = self._clock()
        return [_shown(event, found.get(event["organizer_id"]), now) for event in events]

    def named(self, unit: UnitOfWork, event: Event) -> Event:
        """Return a new event with the name of its organizer, to be stored in the transaction of `unit`."""
        name = self._names.copy(unit, event["organizer_id"])
        return event if name is None else {**event, "organizer_name": name}

    def renamed(self, job: Job) -> None:
        """Give the events of an account its present name; the job of each renaming."""
        self.renew(job["payload"]["user_id"])

    def renew(self, organizer_id: ObjectId) -> int:
        """Store the present name of an organizer in all of their events; return how many had another, or none.

        Safe to run twice, in any order and at the same time, and to begin again after a crash: each batch reads the
        name in its own transaction (see `accounts.names`).
        """
        changed = 0
        while True:
            name = self._names.of([organizer_id]).get(organizer_id)
            misnamed = self._events.find_misnamed(organizer_id, name, FOUND)
            if not misnamed:
                return changed
            for start in range(0, len(misnamed), BATCH):
                changed += self._rename(organizer_id, misnamed[start : start + BATCH])

    def renew_all(self) -> int:
        """Do this for everybody's events."""
        return sum(map(self.renew, self._events.organizers()))

    def _rename(self, organizer_id: ObjectId, event_ids: list[ObjectId]) -> int:
        def attempt(unit: UnitOfWork) -> int:
            return self._events.name_organizer(event_ids, self._names.copy(unit, organizer_id), unit.session)

        return self._transactions.run(attempt)


def _shown(event: Event, name: str | None, now: datetime) -> Event:
    organizer: Organizer | None = None if name is None else {"_id": event["organizer_id"], "name": name}
    shown: dict[str, Any] = {**event, "organizer": organizer, "waitlist": waiting.shown(event, now)}
    shown.pop("staff", None)
    return shop.shown(cast(Event, shown))
