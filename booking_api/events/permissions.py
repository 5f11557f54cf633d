"""Who may do what to which event.

A route's access says who may call it at all (`auth/access.py`, `accounts/access.py`); a permission is about one event.
Everything that is done to an event, or shown of it to some only, asks `require` or `require_visible` here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bson import ObjectId

from .model import Event
from .rules import EventNotFound, NotYourEvent, was_never_published


@dataclass(frozen=True)
class Permission:
    """What somebody may do with an event: `allows` says whether the caller with this id has it."""

    name: str
    allows: Callable[[Event, ObjectId | None], bool]


OWNER = Permission("owner", lambda event, caller_id: event["organizer_id"] == caller_id)


def require(permission: Permission, event: Event | None, caller_id: ObjectId) -> Event:
    """Return the event if the caller has the permission; raises `EventNotFound` or `NotYourEvent`."""
    event = require_visible(event, caller_id)
    if not permission.allows(event, caller_id):
        raise NotYourEvent
    return event


def require_visible(event: Event | None, caller_id: ObjectId | None) -> Event:
    """Return the event if the caller may know of it; raises `EventNotFound`.

    Everybody, signed in or not, may see what was ever published; the rest is its owner's alone.
    """
    if event is None or (was_never_published(event) and not OWNER.allows(event, caller_id)):
        raise EventNotFound
    return event
