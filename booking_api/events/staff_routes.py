"""Routes for who works for an event."""

from typing import Any

from bson import ObjectId

from ..accounts.rules import UserNotFound
from ..http import pagination
from ..http.arguments import Blueprint
from ..http.rate_limits import Limit, spend
from ..http.services import service
from ..openapi.views import may_raise
from . import access, examples
from .rules import EventNotFound, NotYourEvent
from .staff import AS_ADDED, EventStaff
from .staff_rules import NotOnStaff, OrganizerNeedsNoRole, TooManyStaff
from .staff_schemas import StaffEntry, StaffList, StaffRead

# The answer says whose email it is.
LOOKUPS = Limit("staff", address="300/hour", subject="300/hour")
blueprint = Blueprint("staff", __name__, url_prefix="/api/v1", description="Who works for an event.")
staff = service(EventStaff)


@blueprint.route("/events/<objectid:event_id>/staff", methods=["PUT"])
@access.owner
@blueprint.arguments(StaffEntry(), example=examples.NEW_STAFF)
@blueprint.response(200, StaffRead, example=examples.STAFF_MEMBER)
@may_raise(EventNotFound, NotYourEvent, UserNotFound, OrganizerNeedsNoRole, TooManyStaff)
def put(entry: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Let somebody work for one's event

    Any account, of either role. A `manager` may do what its organizer may, except for staff, deleting the event and
    payments; a `scanner` works at the door, and both see the event while it is a draft. It counts from now on. Again
    with another `role`, they get that role instead. At most 100 people work for an event.
    """
    spend(LOOKUPS, subject=str(access.caller().id))
    return staff.put(event_id, access.caller().id, entry["email"], entry["role"])


@blueprint.route("/events/<objectid:event_id>/staff")
@access.owner
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, StaffList, example=examples.STAFF)
@may_raise(EventNotFound, NotYourEvent)
def of_event(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List who works for one's event

    In the order in which they were added.
    """
    after = pagination.position(query["cursor"], AS_ADDED)
    return pagination.answer(staff.of_event(event_id, access.caller().id, query["limit"], after), AS_ADDED)


@blueprint.route("/events/<objectid:event_id>/staff/<objectid:user_id>", methods=["DELETE"])
@access.owner
@blueprint.response(204)
@may_raise(EventNotFound, NotYourEvent, NotOnStaff)
def remove(event_id: ObjectId, user_id: ObjectId) -> None:
    """Take somebody off the staff of one's event

    From now on they see and may do no more than anybody else.
    """
    staff.remove(event_id, access.caller().id, user_id)
