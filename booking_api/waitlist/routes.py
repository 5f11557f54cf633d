"""Routes of waiting lists."""

from typing import Any

from bson import ObjectId

from ..bookings.problems import IN_A_BATCH, LIST_OF_EVENT
from ..events import access
from ..http import idempotency, pagination, rate_limits
from ..http.arguments import Blueprint
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, limits, problems
from .rules import NotWaiting
from .schemas import EventWaitlistEntryList, WaitlistEntry, WaitlistJoin, WaitlistQuery
from .service import WaitlistService
from .store import BY_NUMBER

blueprint = Blueprint(
    "waitlist", __name__, url_prefix="/api/v1", description="Who is offered the tickets that come back, in order."
)
waitlist = service(WaitlistService)


@blueprint.route("/events/<objectid:event_id>/waitlist", methods=["POST"])
@access.verified_customer
@idempotency.idempotent
@blueprint.arguments(WaitlistJoin(), example=examples.JOIN)
@blueprint.response(201, WaitlistEntry, example=examples.WAITING)
@may_raise(*problems.JOIN)
def join(wanted: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Wait for tickets

    Possible while not as many as you want are on sale to you. Tickets that come back are offered to the list in the
    transaction that frees them: nobody else can take them while they suit somebody on it. With `min_quantity` you take
    fewer than `quantity`; if as many are there, they are offered at once.

    An offer is a held booking: confirm it until `offer_expires_at`, or cancel it to decline. Unanswered, its tickets go
    to the next. You can join lists a hundred times a day.
    """
    rate_limits.spend(limits.JOIN, subject=str(access.caller().id))
    return waitlist.join(
        event_id,
        access.caller().id,
        wanted,
        idempotency.resource_id(),
        is_keyed=idempotency.request_digest() is not None,
    )


@blueprint.route("/events/<objectid:event_id>/waitlist")
@access.customer
@blueprint.response(200, WaitlistEntry, example=examples.WAITING)
@may_raise(NotWaiting)
def read(event_id: ObjectId) -> dict[str, Any]:
    """Read one's place on the waiting list

    The latest, if there were several: its status says what has become of it.
    """
    return waitlist.read(event_id, access.caller().id)


@blueprint.route("/events/<objectid:event_id>/waitlist", methods=["DELETE"])
@access.customer
@blueprint.response(204)
@may_raise(NotWaiting, *IN_A_BATCH)
def leave(event_id: ObjectId) -> None:
    """Leave the waiting list, or decline its offer

    The tickets of a declined offer go to the next.
    """
    waitlist.leave(event_id, access.caller().id)


@blueprint.route("/events/<objectid:event_id>/waitlist/entries")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(WaitlistQuery(), location="query")
@blueprint.response(200, EventWaitlistEntryList, example=examples.ENTRIES)
@may_raise(*LIST_OF_EVENT)
def of_event(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List who waits for tickets of one's event

    In the order in which they have joined; those who wait no longer are included unless a `status` is asked for.
    """
    after = pagination.position(query["cursor"], BY_NUMBER)
    return pagination.answer(waitlist.entries(event_id, access.caller().id, query, after), BY_NUMBER)
