"""Routes of payments: the customer's and the organizer's; `provider_routes` has the provider's own."""

from typing import Any

from bson import ObjectId

from ..events import access
from ..http import idempotency, pagination, rate_limits
from ..http.arguments import Blueprint, takes_nothing
from ..http.pagination import PageQuery
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, limits, problems
from .recording import PaymentRecords
from .schemas import PaymentAttempt, PaymentList, PaymentRecord, RecordedPayment
from .service import PaymentService
from .store import NEWEST_FIRST

AGAIN = "The attempt that is open already."

blueprint = Blueprint("payments", __name__, url_prefix="/api/v1", description="What customers pay for their bookings.")
payments = service(PaymentService)
records = service(PaymentRecords)


@blueprint.route("/bookings/<objectid:booking_id>/payments", methods=["POST"])
@access.customer
@idempotency.idempotent
@takes_nothing
@blueprint.response(201, PaymentAttempt, example=examples.ATTEMPT)
@blueprint.alt_response(200, schema=PaymentAttempt, example=examples.ATTEMPT, description=AGAIN)
@may_raise(*problems.PAY)
def pay(booking_id: ObjectId) -> tuple[dict[str, Any], int]:
    """Pay one's booking by card

    Where the event's `payment` is `stripe`. Pay with the `client_secret` in Stripe's own form; the booking is confirmed
    as soon as Stripe says that it was paid. While an attempt is open, asking again returns the same one, with 200, so
    it needs no `Idempotency-Key`; under one, the first answer is kept like any other, encrypted. A card that was
    declined can be tried again with it, or another card.

    The tickets are yours until `expires_at`, and while a payment is `processing`. Sixty times a minute, and 600 times
    from one address.
    """
    rate_limits.spend(limits.PAY, subject=str(access.caller().id))
    attempt, is_new = payments.pay(booking_id, access.caller().id)
    return attempt, 201 if is_new else 200


@blueprint.route("/bookings/<objectid:booking_id>/payments")
@access.customer
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(200, PaymentList, example=examples.PAYMENTS)
@may_raise(*problems.READ)
def of_booking(query: dict[str, Any], booking_id: ObjectId) -> dict[str, Any]:
    """List the payments of one's booking

    The newest first, attempts that came to nothing too.
    """
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    page = payments.of_booking(booking_id, access.caller().id, query["limit"], after)
    return pagination.answer(page, NEWEST_FIRST)


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/payments", methods=["POST"])
@access.owner
@idempotency.idempotent
@blueprint.arguments(PaymentRecord(), example=examples.RECORD)
@blueprint.response(201, RecordedPayment, example=examples.RECORDED_NOW)
@may_raise(*problems.RECORD)
def record(paid: dict[str, Any], event_id: ObjectId, booking_id: ObjectId) -> dict[str, Any]:
    """Record that a booking was paid

    Where the event's `payment` is `manual`, for its organizer alone. It confirms the booking. An `amount` must be what
    is due. If the hold is over, the customer gets the tickets again if there are any; if not, or if the booking was
    cancelled, the payment is `late`: the money is `owed` to the customer.
    """
    return records.record(event_id, booking_id, access.caller().id, paid, idempotency.resource_id())


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/payments")
@access.owner
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(200, PaymentList, example=examples.PAYMENTS)
@may_raise(*problems.LIST_OF_EVENT)
def of_event(query: dict[str, Any], event_id: ObjectId, booking_id: ObjectId) -> dict[str, Any]:
    """List the payments of a booking of one's event

    The newest first, attempts that came to nothing too.
    """
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    page = records.of_booking(event_id, booking_id, access.caller().id, query["limit"], after)
    return pagination.answer(page, NEWEST_FIRST)
