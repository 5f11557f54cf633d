"""The facts that events publish."""

from datetime import datetime
from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact
from .model import DeletedEvent


class OfEvent(TypedDict):
    """The event that a fact is about."""

    event_id: ObjectId


class OfDeletedEvent(OfEvent):
    """An event that was deleted, and what people are told of it: it can be read nowhere else."""

    event: DeletedEvent


class Scheduled(TypedDict):
    """An event and the date on which it takes place."""

    event_id: ObjectId
    date: datetime


EVENT_CHANGED = Fact[OfEvent]("event.changed")
EVENT_SCHEDULED = Fact[Scheduled]("event.scheduled")
# Changes of an event were added that somebody follows. At most one fact for each event in a transaction.
FEED_GREW = Fact[OfEvent]("event.feed_grew")
# The waiting list of an event has to be looked through. At most one job for each event.
WAITLIST_DUE = Fact[OfEvent]("event.waitlist_due")
