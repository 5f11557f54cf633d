"""The route of the feed."""

from typing import Any

from bson import ObjectId

from ..events import access
from ..events.rules import EventNotFound, NotYourEvent
from ..http.arguments import Blueprint
from ..http.services import service
from ..openapi.views import may_raise
from . import examples
from .rules import ChangesExpired
from .schemas import ChangeList, ChangesQuery
from .service import FeedService

blueprint = Blueprint("feed", __name__, url_prefix="/api/v1", description="What has changed, for who keeps a copy.")
feed = service(FeedService)


@blueprint.route("/events/<objectid:event_id>/changes")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(ChangesQuery(), location="query")
@blueprint.response(200, ChangeList, example=examples.CHANGES)
@may_raise(EventNotFound, NotYourEvent, ChangesExpired)
def changes(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Follow the changes of one's event

    Every change of the event and of its bookings, in the order of the commits and without a gap: the same as webhooks
    send, for who missed one. Ask again with `next_after` as `after`; an empty page means that you have them all. The
    feed is kept for 30 days.
    """
    return feed.read(event_id, access.caller().id, query.get("after"), query["limit"])
