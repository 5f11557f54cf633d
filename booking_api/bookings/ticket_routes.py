"""Routes for what a customer does with the tickets of a booking."""

from typing import Any

from bson import ObjectId

from ..accounts import access
from ..http import idempotency, rate_limits
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, limits, problems, routes
from .holders import TicketHolders
from .model import Attendance, Booking
from .schemas import Ticket, shown_tickets
from .ticket_schemas import TicketTransferBody, TicketUpdate

blueprint = routes.blueprint  # they are routes of the same resource
holders = service(TicketHolders)


@blueprint.route("/bookings/<objectid:booking_id>/tickets/<objectid:ticket_id>", methods=["PATCH"])
@access.customer
@blueprint.arguments(TicketUpdate(), example=examples.NAMES)
@blueprint.response(200, Ticket, example=examples.NAMED)
@may_raise(*problems.NAME)
def name(names: Attendance, booking_id: ObjectId, ticket_id: ObjectId) -> dict[str, Any]:
    """Say who comes with a ticket

    The name stands on the ticket, and in the organizer's lists. Null takes it away again.
    """
    return _shown(holders.name(booking_id, ticket_id, access.caller().id, names), ticket_id)


@blueprint.route("/bookings/<objectid:booking_id>/tickets/<objectid:ticket_id>/transfer", methods=["POST"])
@access.verified_customer
@idempotency.idempotent
@blueprint.arguments(TicketTransferBody(), example=examples.TRANSFER)
@blueprint.response(200, Ticket, example=examples.TRANSFERRED)
@may_raise(*problems.TRANSFER)
def transfer(holder: dict[str, str], booking_id: ObjectId, ticket_id: ObjectId) -> dict[str, Any]:
    """Give a ticket to somebody

    It gets a new code, which goes by mail to them alone: you no longer see it, and the old code lets nobody in. Give it
    to somebody else in the same way; who had it before is told, as they are if you cancel it. Ten times a day.
    """
    rate_limits.spend(limits.TRANSFER, subject=str(access.caller().id))
    booking = holders.transfer(
        booking_id, ticket_id, access.caller().id, idempotency.resource_id(), name=holder["name"], email=holder["email"]
    )
    return _shown(booking, ticket_id)


def _shown(booking: Booking, ticket_id: ObjectId) -> dict[str, Any]:
    return next(ticket for ticket in shown_tickets(booking) if ticket["_id"] == ticket_id)
