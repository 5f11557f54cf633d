"""Routes for what a customer does with a booking afterwards."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..accounts import access
from ..http import idempotency
from ..http.arguments import takes_nothing
from ..http.etag import tagged
from ..http.services import service
from ..openapi.views import ETAG, may_raise
from . import examples, problems, routes
from .change_schemas import BookingCancel, ConfirmationRequested
from .resending import Resending
from .schemas import BookingRead
from .service import BookingService

blueprint = routes.blueprint  # they are routes of the same resource
bookings = service(BookingService)
resending = service(Resending)


@blueprint.route("/bookings/<objectid:booking_id>/cancel", methods=["POST"])
@access.customer
@idempotency.idempotent
@blueprint.arguments(BookingCancel(), required=False, examples=examples.CANCEL_BODIES)
@blueprint.response(200, BookingRead, examples=examples.CANCELLED_BOOKINGS, headers=ETAG)
@may_raise(*problems.CANCEL)
def cancel(body: dict[str, Any], booking_id: ObjectId) -> Response:
    """Cancel one's booking, or some of its tickets

    Its tickets go back on sale, once; cancelling again changes nothing. With `ticket_ids` only these are cancelled: the
    booking goes on with lower `quantity` and `amount`, and the tickets stay listed as `cancelled`. A hold can only be
    given up as a whole, and that always; a ticket that was scanned cannot be cancelled.

    It is possible until `cancellable_until`: that is the event's `cancel_until`, or its beginning if that is null, and
    for 24 hours after a change of its date, end or venue all the same, until it is over.
    """
    return tagged(routes.BOOKING, bookings.cancel(booking_id, access.caller().id, body["ticket_ids"]))


@blueprint.route("/bookings/<objectid:booking_id>/resend", methods=["POST"])
@access.customer
@idempotency.idempotent
@takes_nothing
@blueprint.response(202, ConfirmationRequested, example={})
@may_raise(*problems.RESEND)
def resend(booking_id: ObjectId) -> dict[str, object]:
    """Have one's confirmation sent again

    With the tickets that are still one's own. Five times a day for each booking.
    """
    resending.for_customer(booking_id, access.caller().id, idempotency.resource_id())
    return {}
