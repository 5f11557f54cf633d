"""Routes for organizers: their attendees as files, and the numbers of an event."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access
from ..events.rules import EventNotFound, NotYourEvent
from ..http.arguments import Blueprint
from ..http.attachments import attachment
from ..http.services import service
from ..openapi.views import may_raise
from ..storage.group_commit import TooBusy
from . import csv_file, examples, xlsx_file
from .counting import EventCounting
from .rules import ExportsBusy
from .schemas import AttendeeCsvQuery, AttendeeQuery, EventStats
from .service import AttendeeLists

blueprint = Blueprint("reports", __name__, url_prefix="/api/v1", description="What organizers take away.")
lists = service(AttendeeLists)
counting = service(EventCounting)
BINARY = {"type": "string", "contentMediaType": xlsx_file.MEDIA_TYPE}


@blueprint.route("/events/<objectid:event_id>/attendees.csv")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(AttendeeCsvQuery(), location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/csv", example=examples.ATTENDEES)
@may_raise(EventNotFound, NotYourEvent, ExportsBusy)
def attendees_csv(query: dict[str, Any], event_id: ObjectId) -> Response:
    """Download the attendees of one's event as CSV

    A row for each ticket of each booking, cancelled and expired ones too, the oldest booking first. `price` is a whole
    number in minor units of the `currency`, as everywhere. Where a text could be taken for a formula, it has an
    apostrophe before its first sign. The file is sent while it is made: if it cannot be completed, the connection is
    cut, and the body ends without its last chunk.
    """
    title, parts = lists.as_csv(event_id, access.caller().id, query.get("status"), excel=query["excel"])
    return attachment(parts, csv_file.MEDIA_TYPE, f"{title} - attendees", "csv")


@blueprint.route("/events/<objectid:event_id>/attendees.xlsx")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.arguments(AttendeeQuery(), location="query")
@blueprint.response(200, BINARY, content_type=xlsx_file.MEDIA_TYPE, example=examples.WORKBOOK)
@may_raise(EventNotFound, NotYourEvent, ExportsBusy)
def attendees_xlsx(query: dict[str, Any], event_id: ObjectId) -> Response:
    """Download the attendees of one's event for a spreadsheet

    The same rows as in the CSV. Every cell is text, as it was written, and only the `price` a number, in minor units.
    Times are text too, in UTC. A sheet has at most 1,048,576 lines: if there are more, the last line says so.
    """
    title, parts = lists.as_xlsx(event_id, access.caller().id, query.get("status"))
    return attachment(parts, xlsx_file.MEDIA_TYPE, f"{title} - attendees", "xlsx")


@blueprint.route("/events/<objectid:event_id>/stats")
@access.manager.or_key(access.BOOKINGS_READ)
@blueprint.response(200, EventStats, example=examples.STATS)
@may_raise(EventNotFound, NotYourEvent, TooBusy)
def stats(event_id: ObjectId) -> dict[str, Any]:
    """Read the numbers of one's event

    All of one moment, so that `sold + held + available = total`, of each ticket type too.
    """
    return counting.stats(event_id, access.caller().id)
