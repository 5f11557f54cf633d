"""Who may do what to which event.

A route's access says who may call it at all (`auth/access.py`, `accounts/access.py`); a permission is about one event.
Whatever changes an event, or shows something that not everybody may see, calls `require` or `require_visible` first.
"""

from ..auth.permissions import Actor, Permission, holds
from .model import Event
from .rules import EventNotFound, NotYourEvent, was_never_published

__all__ = ["OWNER", "Actor", "is_own", "require", "require_visible"]

OWNER = Permission("owner", "The organizer of the event.", lambda event: frozenset([event["organizer_id"]]))


def require(permission: Permission, event: Event | None, caller_id: Actor) -> Event:
    """Return the event if the caller has the permission; raises `EventNotFound` or `NotYourEvent`."""
    event = require_visible(event, caller_id)
    if not holds(caller_id, permission, event):
        raise NotYourEvent
    return event


def is_own(event: Event, caller_id: Actor | None) -> bool:
    """Return whether the caller sees the event as its organizer does, and not as everybody does."""
    return holds(caller_id, OWNER, event)


def require_visible(event: Event | None, caller_id: Actor | None) -> Event:
    """Return the event if the caller may see it; raises `EventNotFound`.

    Everybody, signed in or not, may see an event that was ever published; only its organizer and operators
    may see any other.
    """
    if event is None or (was_never_published(event) and not holds(caller_id, OWNER, event)):
        raise EventNotFound
    return event
