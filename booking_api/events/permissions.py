"""Who may do what to which event.

A route's access says who may call it at all (`auth/access.py`, `accounts/access.py`, `events/access.py`); a permission
is about one event. Whatever changes an event, or shows something that not everybody may see, calls `require` or
`require_visible` first.

A permission is read from the event that it is about, so it holds and ends with the commit that says so, on every
worker at once. The event must have been read with its staff: see `store`.
"""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from ..auth.permissions import Actor, Permission, holds
from .model import Event
from .rules import EventNotFound, NotYourEvent, was_never_published

__all__ = ["MANAGER", "OWNER", "SCANNER", "Actor", "is_own", "require", "require_visible", "role_of", "works_for"]

STAFF_ROLES = ("manager", "scanner")

OWNER = Permission("owner", "For the event's organizer.", lambda event: frozenset([event["organizer_id"]]))
MANAGER = Permission(
    "manager",
    "For the event's organizer and its managers.",
    lambda event: frozenset([event["organizer_id"], *_staff(event, "manager")]),
)
SCANNER = Permission(
    "scanner",
    "For the event's organizer, its managers and its scanners.",
    lambda event: frozenset([event["organizer_id"], *_staff(event, *STAFF_ROLES)]),
)
FROM_MOST = (OWNER, MANAGER, SCANNER)  # each includes those who hold the one before
ROLES = tuple(permission.name for permission in FROM_MOST)


def require(permission: Permission, event: Event | None, caller_id: Actor) -> Event:
    """Return the event if the caller has the permission; raises `EventNotFound` or `NotYourEvent`."""
    event = require_visible(event, caller_id)
    if not holds(caller_id, permission, event):
        raise NotYourEvent
    return event


def is_own(event: Event, caller_id: Actor | None) -> bool:
    """Return whether the caller sees the event as its organizer does, and not as everybody does."""
    return holds(caller_id, OWNER, event)


def works_for(event: Event, caller_id: Actor) -> bool:
    """Return whether the caller runs the event, in whichever role."""
    return holds(caller_id, SCANNER, event)


def role_of(event: Event, caller_id: ObjectId) -> str:
    """Return as what somebody works for an event, who does."""
    return next(permission.name for permission in FROM_MOST if holds(caller_id, permission, event))


def require_visible(event: Event | None, caller_id: Actor | None) -> Event:
    """Return the event if the caller may see it; raises `EventNotFound`.

    Everybody, signed in or not, may see an event that was ever published; only who works for it and operators may see
    any other.
    """
    if event is None or (was_never_published(event) and not holds(caller_id, SCANNER, event)):
        raise EventNotFound
    return event


def _staff(event: Mapping[str, Any], *roles: str) -> list[ObjectId]:
    return [member["user_id"] for member in event.get("staff", ()) if member["role"] in roles]
