"""Routes of refunds."""

from typing import Any

from bson import ObjectId

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import Blueprint
from ..http.pagination import PageQuery
from ..http.services import service
from ..openapi.views import may_raise
from . import refund_examples, refund_problems
from .model import Refund
from .refund_schemas import RefundCreate, RefundList, RefundRead
from .refund_service import RefundService
from .store import NEWEST_FIRST

blueprint = Blueprint("refunds", __name__, url_prefix="/api/v1", description="Money that goes back to customers.")
refunds = service(RefundService)


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/refunds", methods=["POST"])
@access.owner
@idempotency.idempotent
@blueprint.arguments(RefundCreate(), required=False, example=refund_examples.GOODWILL)
@blueprint.response(201, RefundRead, example=refund_examples.REFUND)
@may_raise(*refund_problems.REFUND)
def make(asked: dict[str, Any], event_id: ObjectId, booking_id: ObjectId) -> Refund:
    """Refund a booking of one's event

    Of what was paid, `payment` of the booking says how much is `refunded`, `owed` (to go back, and not gone yet) or
    `retained` after a cancel; the rest is what the booking costs. A refund takes from `retained` first and then lowers
    the `amount` of the booking, whose tickets stay valid. With `ticket_ids` the tickets are cancelled, unless they were
    before, and what they cost goes back.

    Where customers pay by card, the provider is asked for it and the refund is `pending` until the money is on its way;
    what a cancel owes goes back by itself. Where money is handed over, this records that it was handed back: of what is
    `owed` first, and without an `amount` all of that. Never more goes back than was paid, whatever runs in parallel.

    If it is of several payments, there are several refunds, of which the first is returned.
    """
    return refunds.refund(event_id, booking_id, access.caller().id, asked, idempotency.resource_id())


@blueprint.route("/events/<objectid:event_id>/bookings/<objectid:booking_id>/refunds")
@access.owner
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(200, RefundList, example=refund_examples.REFUNDS)
@may_raise(*refund_problems.LIST)
def of_booking(query: dict[str, Any], event_id: ObjectId, booking_id: ObjectId) -> dict[str, Any]:
    """List the refunds of a booking of one's event

    The newest first.
    """
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    page = refunds.page(event_id, booking_id, access.caller().id, query["limit"], after)
    return pagination.answer(page, NEWEST_FIRST)
