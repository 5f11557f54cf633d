"""The changes of an event, numbered from 1 in the order of their commits: what its feed and its webhooks tell.

A change is written in the transaction that makes it. Its number comes from the event's own counter, `sequence`, which
the same transaction increments. Two transactions that change an event collide in that document, so there is no gap,
no number is given twice, and a lower number was committed earlier.

All changes that a transaction makes to one event are one document: a batch of a hot event adds one, however many
tickets it sells. An older version of this service, which may run beside this one during a deploy, counts and writes
none: there is no gap then either, but what it does is missing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from bson import ObjectId

from ..auth.permissions import Actor
from ..storage.ids import new_id
from .model import Event


class Change(TypedDict):
    """Something that happened to an event; `data` has ids, states, quantities and amounts, and never a name."""

    _id: ObjectId
    type: str
    data: dict[str, Any]


class Changes(TypedDict):
    """The changes that one transaction made to one event, numbered from `first` to `last`."""

    _id: ObjectId
    event_id: ObjectId
    organizer_id: ObjectId
    first: int
    last: int
    at: datetime
    changes: list[Change]


class Numbered(NamedTuple):
    """A change with its number and the time of its transaction."""

    sequence: int
    at: datetime
    organizer_id: ObjectId
    event_id: ObjectId
    change: Change


class ChangedBy(TypedDict):
    """Who made a change: an account, the service itself when a time was over (`system`), or its operator."""

    type: str
    id: ObjectId | None


EVENT_CREATED, EVENT_UPDATED, EVENT_PUBLISHED = "event.created", "event.updated", "event.published"
EVENT_CANCELLED, EVENT_DELETED = "event.cancelled", "event.deleted"
EVENT_TYPES = (EVENT_CREATED, EVENT_UPDATED, EVENT_PUBLISHED, EVENT_CANCELLED, EVENT_DELETED)
ACTOR_TYPES = ("user", "system", "operator")
BY_SYSTEM: ChangedBy = {"type": "system", "id": None}
BY_OPERATOR: ChangedBy = {"type": "operator", "id": None}


def by(actor: Actor) -> ChangedBy:
    """Return who an actor is, for the feed."""
    return {"type": "user", "id": actor} if isinstance(actor, ObjectId) else BY_OPERATOR


def change(kind: str, data: dict[str, Any], actor: ChangedBy) -> Change:
    """Return a change of the type `kind`."""
    return {"_id": new_id(), "type": kind, "data": data | {"actor": actor}}


def of_event(kind: str, event: Event, actor: Actor, changed: Sequence[str]) -> Change:
    """Return a change of an event to what it is now, with the names of the fields that were `changed`."""
    shown = {
        "id": event["_id"],
        "status": event["status"],
        "version": event["version"],
        "date": event["date"],
        "total_tickets": event["total_tickets"],
        "available_tickets": event["available_tickets"],
        "changed": list(changed),
    }
    return change(kind, {"event": shown}, by(actor))
