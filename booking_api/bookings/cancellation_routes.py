"""The route that cancels an event with all its bookings."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access, representations
from ..events.schemas import EventRead
from ..http import idempotency
from ..http.services import service
from ..openapi.views import ETAG, may_raise
from . import examples, problems, routes
from .cancellation import EventCancellation
from .schemas import EventCancel

blueprint = routes.blueprint  # it is a route of the same resource
cancellation = service(EventCancellation)


@blueprint.route("/events/<objectid:event_id>/cancel", methods=["POST"])
@access.manager.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@blueprint.arguments(EventCancel(), required=False, example=examples.CANCELLATION)
@blueprint.response(200, EventRead, example=examples.CANCELLED_EVENT, headers=ETAG)
@may_raise(*problems.CANCEL_EVENT)
def cancel_event(body: dict[str, Any], event_id: ObjectId) -> Response:
    """Cancel an event and all its bookings

    It cannot be undone, and every guest is told. Cancelling again changes nothing.
    """
    return representations.written(cancellation.cancel(event_id, access.caller().id, body["reason"]))
