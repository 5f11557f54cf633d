"""Book tickets, and what happens to bookings."""

from flask import Response

from ..accounts import access
from ..events import calendar
from ..events.examples import CALENDAR
from ..events.rules import EventCancelled, EventNotFound, EventPast, NotYourEvent
from ..events.schemas import EventRead
from ..http import idempotency, pagination
from ..http.documents import Blueprint, tagged, takes_nothing
from ..http.services import service
from ..openapi.document import ETAG, LOCATION
from ..openapi.problem_responses import may_raise
from ..storage.group_commit import Interrupted, TooBusy
from . import examples
from .cancellation import EventCancellation
from .holds import HoldCooldown
from .rules import BookingCancelled, BookingNotFound, CancellationClosed, CustomerLimit, HoldExpired, NotOnSale, SoldOut
from .schemas import (
    AttendeeBookingList,
    BookingCreate,
    BookingList,
    BookingQuery,
    BookingRead,
    EventBookingQuery,
    EventCancel,
)
from .service import BookingService
from .store import NEWEST_FIRST

blueprint = Blueprint("bookings", __name__, url_prefix="/api/v1", description="Tickets sold, each exactly once.")
bookings = service(BookingService)
cancellation = service(EventCancellation)
BOOKING = BookingRead()
EVENT = EventRead()


@blueprint.route("/bookings", methods=["POST"])
@access.verified_customer
@idempotency.idempotent
@blueprint.arguments(BookingCreate(), examples=examples.ORDERS)
@blueprint.response(201, BookingRead, examples=examples.BOOKINGS, headers=LOCATION | ETAG)
@may_raise(
    EventNotFound, EventCancelled, EventPast, NotOnSale, SoldOut, CustomerLimit, HoldCooldown, TooBusy, Interrupted
)
def book(order):
    """Book tickets, or hold them

    All of them or none. Say `quantity`, or `items` for an event with several ticket types. A hold takes the tickets
    off sale until `hold_expires_at`; so many tickets can be on hold at once for one customer, and who lets holds go
    again and again has to wait with the next one while few are left. The confirmation goes out in the background.
    """
    booking = bookings.book(
        access.caller().id,
        order["event_id"],
        order["lines"],
        hold=order["hold"],
        booking_id=idempotency.resource_id(),
        idempotency_key=idempotency.request_digest(),
    )
    return tagged(BOOKING, booking, 201, {"Location": f"/api/v1/bookings/{booking['_id']}"})


@blueprint.route("/bookings")
@access.customer
@blueprint.arguments(BookingQuery(), location="query")
@blueprint.response(200, BookingList, example=examples.OWN_BOOKINGS)
def own(query):
    """List one's own bookings, newest first"""
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    return pagination.answer(bookings.own(access.caller().id, query, after), NEWEST_FIRST)


@blueprint.route("/bookings/<objectid:booking_id>")
@access.customer
@blueprint.response(200, BookingRead, example=examples.BOOKING, headers=ETAG)
@may_raise(BookingNotFound)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
def read(booking_id):
    """Read one's own booking"""
    return tagged(BOOKING, bookings.read(booking_id, access.caller().id))


@blueprint.route("/bookings/<objectid:booking_id>/calendar.ics")
@access.customer
@blueprint.response(200, {"type": "string"}, content_type="text/calendar", example=CALENDAR)
@may_raise(BookingNotFound)
def calendar_entry(booking_id):
    """Read a booking's event as a calendar entry"""
    booking = bookings.read(booking_id, access.caller().id)
    return Response(calendar.render(booking["event"]), content_type=calendar.CONTENT_TYPE)


@blueprint.route("/bookings/<objectid:booking_id>/cancel", methods=["POST"])
@access.customer
@idempotency.idempotent
@takes_nothing
@blueprint.response(200, BookingRead, example=examples.CANCELLED, headers=ETAG)
@may_raise(BookingNotFound, CancellationClosed, HoldExpired, TooBusy, Interrupted)
def cancel(booking_id):
    """Cancel one's booking

    Its tickets go back on sale, once; cancelling again changes nothing. It is possible until the event begins, and for
    24 hours after a change of its date, end or venue, until it is over. A hold can always be given up.
    """
    return tagged(BOOKING, bookings.cancel(booking_id, access.caller().id))


@blueprint.route("/bookings/<objectid:booking_id>/confirm", methods=["POST"])
@access.customer
@idempotency.idempotent
@takes_nothing
@blueprint.response(200, BookingRead, example=examples.CONFIRMED, headers=ETAG)
@may_raise(BookingNotFound, BookingCancelled, EventCancelled, EventPast, HoldExpired, TooBusy, Interrupted)
def confirm(booking_id):
    """Confirm one's held booking

    In time it becomes a booking, and its confirmation goes out; confirming again changes nothing.
    """
    return tagged(BOOKING, bookings.confirm(booking_id, access.caller().id))


@blueprint.route("/events/<objectid:event_id>/bookings")
@access.organizer
@blueprint.arguments(EventBookingQuery(), location="query")
@blueprint.response(200, AttendeeBookingList, example=examples.ATTENDEES)
@may_raise(EventNotFound, NotYourEvent)
def of_event(query, event_id):
    """List who booked one's event, newest first"""
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    return pagination.answer(bookings.of_event(event_id, access.caller().id, query, after), NEWEST_FIRST)


@blueprint.route("/events/<objectid:event_id>/cancel", methods=["POST"])
@access.organizer
@idempotency.idempotent
@blueprint.arguments(EventCancel(), required=False, example=examples.CANCELLATION)
@blueprint.response(200, EventRead, example=examples.CANCELLED_EVENT, headers=ETAG)
@may_raise(EventNotFound, NotYourEvent, EventPast)
def cancel_event(body, event_id):
    """Cancel an event and all its bookings

    It cannot be undone, and every guest is told. Cancelling again changes nothing.
    """
    return tagged(EVENT, cancellation.cancel(event_id, access.caller().id, body["reason"]))
