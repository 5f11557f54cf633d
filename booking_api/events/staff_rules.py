"""The rules for who works for an event, and their errors."""

from collections.abc import Sequence

from bson import ObjectId

from ..errors import Conflict, NotFound
from .model import StaffMember

MOST_STAFF = 100  # of an event: they are stored in it


class TooManyStaff(Conflict):
    """An event has at most 100 people on its staff. Nobody was added.

    Remove somebody who no longer works for it: `DELETE /api/v1/events/{event_id}/staff/{user_id}`.
    """

    code = "too_many_staff"
    title = "Too many staff"


class OrganizerNeedsNoRole(Conflict):
    """This account is the event's organizer, who may do everything that its staff may. Nothing was changed.

    Name the account of somebody else.
    """

    code = "organizer_needs_no_role"
    title = "The organizer needs no role"


class NotOnStaff(NotFound):
    """This account does not work for the event.

    `GET /api/v1/events/{event_id}/staff` lists who does.
    """

    code = "not_on_staff"
    title = "Not on the staff"


def member(staff: Sequence[StaffMember], user_id: ObjectId) -> StaffMember | None:
    """Return the entry of an account, or None if it is not on the staff."""
    return next((each for each in staff if each["user_id"] == user_id), None)


def with_member(staff: Sequence[StaffMember], user_id: ObjectId, role: str) -> list[StaffMember]:
    """Return the staff with somebody added at the end, or in another role; raises `TooManyStaff`."""
    if member(staff, user_id):
        return [{"user_id": user_id, "role": role} if each["user_id"] == user_id else each for each in staff]
    if len(staff) >= MOST_STAFF:
        raise TooManyStaff
    return [*staff, {"user_id": user_id, "role": role}]


def without_member(staff: Sequence[StaffMember], user_id: ObjectId) -> list[StaffMember]:
    """Return the staff without somebody; raises `NotOnStaff`."""
    if not member(staff, user_id):
        raise NotOnStaff
    return [each for each in staff if each["user_id"] != user_id]
