"""The route of an event's history."""

from typing import Any

from bson import ObjectId

from ..http import pagination
from ..http.arguments import Blueprint
from ..http.services import service
from ..openapi.views import may_raise
from . import access, examples
from .history import History
from .history_schemas import HistoryList
from .history_store import SORT
from .rules import EventNotFound, NotYourEvent

blueprint = Blueprint("history", __name__, url_prefix="/api/v1", description="Who changed what about an event.")
history = service(History)


@blueprint.route("/events/<objectid:event_id>/history")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, HistoryList, example=examples.HISTORY)
@may_raise(EventNotFound, NotYourEvent)
def of_event(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List what was changed about one's event

    The latest change first: who has made, edited, published or cancelled the event, or changed its staff. `before` and
    `after` have the fields whose values were changed, and no others; of a new event `after` has all that are not empty.
    An edit that changes nothing is not listed, and neither are sales. The latest 1,000 changes of an event are kept,
    and none from before this was recorded.
    """
    after = pagination.position(query["cursor"], SORT)
    return pagination.answer(history.of_event(event_id, access.caller().id, query["limit"], after), SORT)
