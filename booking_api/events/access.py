"""Access to what belongs to an event: the caller has to hold a permission on the event that the path names.

The permission is asked for where the event is read, in the transaction that acts on it. Here only those are refused who
make no events and do not work for this one: they hear that this is not for them before anything else is looked at.
"""

from dataclasses import replace

from flask import request

from ..accounts.access import (
    caller,
    caller_if_any,
    customer,
    limited_to,
    optional,
    organizer,
    public,
    signed_in,
    verified,
    verified_customer,
    verified_organizer,
)
from ..accounts.rules import ORGANIZER, WrongRole
from ..auth.access import BEARER, HOLDER_PROBLEMS, Access, holder
from ..auth.permissions import Permission
from ..auth.tokens import Caller
from ..http.rate_limits import TooManyRequests
from ..http.services import service
from .permissions import MANAGER, OWNER, SCANNER
from .reader import EventReader
from .scopes import BOOKINGS_READ, BOOKINGS_WRITE, CHECK_INS, EVENTS_READ, EVENTS_WRITE, WEBHOOKS

__all__ = [
    "BOOKINGS_READ",
    "BOOKINGS_WRITE",
    "CHECK_INS",
    "EVENT",
    "EVENTS_READ",
    "EVENTS_WRITE",
    "WEBHOOKS",
    "caller",
    "caller_if_any",
    "customer",
    "limited_to",
    "manager",
    "optional",
    "organizer",
    "owner",
    "public",
    "scanner",
    "team",
    "verified_customer",
    "verified_manager",
    "verified_organizer",
]

events = service(EventReader)
EVENT = "event_id"  # the parameter of a path


def of_event(permission: Permission) -> Access:
    """Access for those who hold a permission on the event that the path calls `event_id`."""

    def require(known: Caller) -> None:
        event_id = (request.view_args or {})[EVENT]
        if known.role != ORGANIZER and not events.is_held(permission, event_id, known.id):
            raise WrongRole(f"This is for the role {ORGANIZER}, and you are signed in as {known.role}.")

    return Access(
        permission.name,
        permission.sentence,
        identify=holder,
        require=require,
        security=(BEARER,),
        problems=(*HOLDER_PROBLEMS, WrongRole, TooManyRequests),
        parameter=EVENT,
    )


team = replace(signed_in, name="team", sentence="For whoever makes events or works for them.", narrows=True)
owner = of_event(OWNER)
manager = of_event(MANAGER)
scanner = of_event(SCANNER)
verified_manager = verified(manager, "For the event's organizer and its managers, with a verified email.")
