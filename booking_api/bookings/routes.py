"""Routes to book tickets and manage bookings."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import Blueprint, takes_nothing
from ..http.etag import tagged
from ..http.services import service
from ..openapi.views import ETAG, LOCATION, may_raise
from . import examples, guesses, problems
from .schemas import (
    BookingCreate,
    BookingList,
    BookingQuery,
    BookingRead,
)
from .service import BookingService
from .store import SORTS

blueprint = Blueprint("bookings", __name__, url_prefix="/api/v1", description="Tickets sold, each exactly once.")
bookings = service(BookingService)
BOOKING = BookingRead()


@blueprint.route("/bookings", methods=["POST"])
@access.verified_customer
@idempotency.idempotent
@blueprint.arguments(BookingCreate(), examples=examples.ORDERS)
@blueprint.response(201, BookingRead, examples=examples.BOOKINGS, headers=LOCATION | ETAG)
@may_raise(*problems.BOOK)
def book(order: dict[str, Any]) -> Response:
    """Book tickets, or hold them

    All of them or none. Say `quantity`, or `items` for an event with several ticket types. A hold takes the tickets
    off sale until `hold_expires_at`. There is a limit to how many tickets of an event a customer can hold at once, and
    a customer whose holds keep ending unconfirmed has to wait before the next one while few tickets are left. The
    confirmation goes out in the background.

    Where the event asks for payment (`payment` is not `none`), a booking that costs something is always held until it
    is paid. A promo `code` makes tickets cheaper, or lets one book hidden ones. Who names too many that are unknown is
    refused for a while, whatever the code.
    """
    with guesses.limited(order["code"]):
        booking = bookings.book(
            access.caller().id,
            order["event_id"],
            order["lines"],
            hold=order["hold"],
            booking_id=idempotency.resource_id(),
            idempotency_key=idempotency.request_digest(),
            attendees=order["attendees"],
            code=order["code"],
        )
    return tagged(BOOKING, booking, 201, {"Location": f"/api/v1/bookings/{booking['_id']}"})


@blueprint.route("/bookings")
@access.customer
@blueprint.arguments(BookingQuery(), location="query")
@blueprint.response(200, BookingList, example=examples.OWN_BOOKINGS)
def own(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own bookings

    Newest first, unless asked for otherwise.
    """
    sort = SORTS[query["sort"]]
    return pagination.answer(bookings.own(access.caller().id, query, pagination.position(query["cursor"], sort)), sort)


@blueprint.route("/bookings/<objectid:booking_id>")
@access.customer
@blueprint.response(200, BookingRead, example=examples.BOOKING, headers=ETAG)
@may_raise(*problems.READ)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
def read(booking_id: ObjectId) -> Response:
    """Read one's own booking"""
    return tagged(BOOKING, bookings.read(booking_id, access.caller().id))


@blueprint.route("/bookings/<objectid:booking_id>/calendar.ics")
@access.customer
@blueprint.response(200, {"type": "string"}, content_type="text/calendar", example=examples.CALENDAR_ENTRY)
@may_raise(*problems.READ)
def calendar_entry(booking_id: ObjectId) -> Response:
    """Read a booking as a calendar entry

    Its `STATUS` and `SEQUENCE` follow what becomes of the booking and of its event; the mails about them have the same
    entry attached. A hold is `TENTATIVE`.
    """
    calendar = bookings.calendar(booking_id, access.caller().id)
    return Response(calendar.render(), headers=calendar.headers)


@blueprint.route("/bookings/<objectid:booking_id>/confirm", methods=["POST"])
@access.customer
@idempotency.idempotent
@takes_nothing
@blueprint.response(200, BookingRead, example=examples.CONFIRMED, headers=ETAG)
@may_raise(*problems.CONFIRM)
def confirm(booking_id: ObjectId) -> Response:
    """Confirm one's held booking

    In time it becomes a booking, and its confirmation goes out; confirming again changes nothing.
    """
    return tagged(BOOKING, bookings.confirm(booking_id, access.caller().id))
