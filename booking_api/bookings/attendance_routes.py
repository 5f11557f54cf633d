"""Routes for who runs an event to see, find and cancel its bookings, and to have confirmations sent again."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import takes_nothing
from ..http.etag import tagged
from ..http.services import service
from ..openapi.views import ETAG, may_raise
from . import examples, problems, routes
from .attendance import EventBookings
from .change_schemas import ConfirmationRequested, StaffCancel
from .resending import Resending
from .schemas import AttendeeBooking, AttendeeBookingList, EventBookingQuery
from .store import SORTS

blueprint = routes.blueprint  # they are routes of the same resource
attendance = service(EventBookings)
resending = service(Resending)
ATTENDEE_BOOKING = AttendeeBooking()


@blueprint.route("/events/<objectid:event_id>/bookings")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(EventBookingQuery(), location="query")
@blueprint.response(200, AttendeeBookingList, example=examples.ATTENDEES)
@may_raise(*problems.LIST_OF_EVENT)
def of_event(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List who booked one's event

    Newest first, unless asked for otherwise. A page of what `q` finds may have fewer bookings than `limit`, or none,
    and still have a `next_cursor`: each request looks at 5,000 bookings.
    """
    sort = SORTS[query["sort"]]
    after = pagination.position(query["cursor"], sort)
    return pagination.answer(attendance.page(event_id, access.caller().id, query, after), sort)


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.response(200, AttendeeBooking, example=examples.ATTENDEE, headers=ETAG)
@may_raise(*problems.READ_OF_EVENT)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
def read_of_event(event_id: ObjectId, booking_id: ObjectId) -> Response:
    """Read a booking of one's event"""
    return tagged(ATTENDEE_BOOKING, attendance.read(event_id, booking_id, access.caller().id))


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/cancel", methods=["POST"])
@access.manager.or_key(access.BOOKINGS_WRITE)
@idempotency.idempotent
@blueprint.arguments(StaffCancel(), required=False, example=examples.STAFF_CANCELLATION)
@blueprint.response(200, AttendeeBooking, example=examples.CANCELLED_BY_STAFF, headers=ETAG)
@may_raise(*problems.CANCEL_OF_EVENT)
def cancel_of_event(body: dict[str, Any], event_id: ObjectId, booking_id: ObjectId) -> Response:
    """Cancel a booking of one's event

    Its tickets go back on sale, once, and its customer gets a mail with the reason; cancelling again changes nothing.
    It is possible until the event is over, but not for a ticket that was scanned.
    """
    cancelled = attendance.cancel(event_id, booking_id, access.caller().id, body["reason"])
    return tagged(ATTENDEE_BOOKING, cancelled)


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/resend", methods=["POST"])
@access.manager.or_key(access.BOOKINGS_WRITE)
@idempotency.idempotent
@takes_nothing
@blueprint.response(202, ConfirmationRequested, example={})
@may_raise(*problems.RESEND_OF_EVENT)
def resend_of_event(event_id: ObjectId, booking_id: ObjectId) -> dict[str, object]:
    """Have a guest's confirmation sent again

    It goes to the customer alone. Five times a day for each booking, with those that its customer asks for.
    """
    resending.for_staff(event_id, booking_id, access.caller().id, idempotency.resource_id())
    return {}
