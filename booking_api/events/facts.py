"""What events publish."""

from datetime import datetime
from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact


class OfEvent(TypedDict):
    """Which event it is about."""

    event_id: ObjectId


class Scheduled(TypedDict):
    """Which event takes place when."""

    event_id: ObjectId
    date: datetime


EVENT_CHANGED = Fact[OfEvent]("event.changed")
EVENT_SCHEDULED = Fact[Scheduled]("event.scheduled")
# Of an event some tickets went back on sale, or more were added: at most one fact for each event and transaction.
TICKETS_RELEASED = Fact[OfEvent]("event.tickets_released")
