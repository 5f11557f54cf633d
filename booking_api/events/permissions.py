"""Who may do what to which event.

A route's access says who may call it at all (`auth/access.py`, `accounts/access.py`); a permission is about one event.
Everything that is done to an event, or shown of it to some only, asks `require` or `require_visible` here.
"""

from bson import ObjectId

from ..auth.permissions import Permission, holds
from .model import Event
from .rules import EventNotFound, NotYourEvent, was_never_published

OWNER = Permission("owner", "The organizer of the event.", lambda event: frozenset([event["organizer_id"]]))


def require(permission: Permission, event: Event | None, caller_id: ObjectId) -> Event:
    """Return the event if the caller has the permission; raises `EventNotFound` or `NotYourEvent`."""
    event = require_visible(event, caller_id)
    if not holds(caller_id, permission, event):
        raise NotYourEvent
    return event


def require_visible(event: Event | None, caller_id: ObjectId | None) -> Event:
    """Return the event if the caller may know of it; raises `EventNotFound`.

    Everybody, signed in or not, may see what was ever published; the rest is its owner's alone.
    """
    if event is None or (was_never_published(event) and not holds(caller_id, OWNER, event)):
        raise EventNotFound
    return event
