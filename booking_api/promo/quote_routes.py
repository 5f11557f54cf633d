"""The route of quotes."""

from typing import Any

from bson import ObjectId

from ..accounts.rules import CUSTOMER
from ..bookings import guesses
from ..errors import ValidationFailed
from ..events import access
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, problems
from .quote import QuoteService
from .quote_schemas import Quote, QuoteRequest
from .routes import blueprint

quotes = service(QuoteService)


@blueprint.route("/events/<objectid:event_id>/quote", methods=["POST"])
@access.optional
@blueprint.arguments(QuoteRequest(), example=examples.QUOTE_REQUEST)
@blueprint.response(200, Quote, example=examples.QUOTE)
@may_raise(*problems.QUOTE)
def quote(order: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Say what an order would cost

    Takes the body of a booking, and books nothing. Tickets that are sold out or not on sale have a price too. With a
    token, what you have with the code already counts. Who names too many unknown codes is refused for a while.
    """
    if order["event_id"] not in (None, event_id):
        raise ValidationFailed({"event_id": ["Is another event than that of the path; it can be left out."]})
    caller = access.caller_if_any()
    customer_id = caller.id if caller and caller.role == CUSTOMER else None
    with guesses.limited(order["code"]):
        return quotes.quote(event_id, customer_id, order["lines"], order["code"])
