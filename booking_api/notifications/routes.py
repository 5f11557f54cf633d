"""Routes for an organizer's messages to everybody who has booked."""

from typing import Any

from bson import ObjectId

from ..events import access
from ..events.rules import EventNotFound, NotYourEvent
from ..http import idempotency
from ..http.arguments import Blueprint
from ..http.services import service
from ..openapi.views import may_raise
from . import examples
from .model import Notice
from .rules import TooManyMessages
from .schemas import GuestMessage, GuestMessageRead
from .service import NotificationService

blueprint = Blueprint("notifications", __name__, url_prefix="/api/v1", description="Messages to people.")
notifications = service(NotificationService)


@blueprint.route("/events/<objectid:event_id>/messages", methods=["POST"])
@access.verified_manager.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@blueprint.arguments(GuestMessage(), example=examples.MESSAGE)
@blueprint.response(202, GuestMessageRead, example=examples.SENT)
@may_raise(EventNotFound, NotYourEvent, TooManyMessages)
def write_to_guests(message: dict[str, Any], event_id: ObjectId) -> Notice:
    """Write to everybody who has booked

    Everybody with a confirmed booking gets one mail, in the background and in their language around your words, unless
    they have asked for no more messages about the event. If it was cancelled, those get it whose bookings were
    cancelled with it. Guests see the organizer's name, and their email as where answers go (`Reply-To`). The body is
    plain text; its lines and its links stay as you write them. Five messages for each event in 24 hours.
    """
    return notifications.write_to_guests(
        event_id, access.caller().id, message["subject"], message["body"], idempotency.resource_id()
    )
