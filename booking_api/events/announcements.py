"""What guests have been told about an event, and what they have not been told yet."""

from datetime import datetime

from bson import ObjectId

from ..storage.client import UnitOfWork
from . import rules
from .agenda import Agenda
from .model import Event
from .store import EventStore


class Announcements:
    """Records what guests have been told about an event, in the transaction that tells them."""

    def __init__(self, events: EventStore, agenda: Agenda):
        self._events = events
        self._agenda = agenda

    def announced(self, unit: UnitOfWork, event: Event) -> None:
        """Record that guests have been told about the event as it is in `event`."""
        self._events.announce(event["_id"], rules.guest_view(event), unit.session)

    def tell_changes(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Schedule the notice of an event's changes for `due_at`; one that is due sooner stays as it is."""
        self._agenda.tell_changes(unit, event_id, due_at)

    def touch(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """Make the transaction of `unit` collide with any other that writes to this event."""
        self._events.touch(event_id, unit.session)
