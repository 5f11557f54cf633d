"""What guests have been told of an event, and what they are still to be told."""

from datetime import datetime

from bson import ObjectId

from ..storage.client import UnitOfWork
from . import rules
from .agenda import Agenda
from .model import Event
from .store import EventStore


class Announcements:
    """Notes what guests know of an event, in the transaction that tells them."""

    def __init__(self, events: EventStore, agenda: Agenda):
        self._events = events
        self._agenda = agenda

    def announced(self, unit: UnitOfWork, event: Event) -> None:
        """Note that guests know of the event as it is here."""
        self._events.announce(event["_id"], rules.guest_view(event), unit.session)

    def tell_changes(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Owe the notice of an event's changes at that time, or when it is due already if that is sooner."""
        self._agenda.tell_changes(unit, event_id, due_at)

    def touch(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """Have the transaction of `unit` collide with any other that writes to this event."""
        self._events.touch(event_id, unit.session)
