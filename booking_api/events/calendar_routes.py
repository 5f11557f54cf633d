"""Routes for calendar programs: one event to take, and a feed to subscribe to."""

import hashlib
from typing import Any

from bson import ObjectId
from flask import Response

from ..http.response_cache import up_to_a_second_old
from ..http.services import service
from ..openapi.views import ETAG, may_raise
from . import access, calendar, examples, routes
from .calendar import Publisher
from .query_schemas import FeedQuery
from .rules import EventNotFound
from .service import EventService

FEED_SECONDS = 60  # for which a cache may keep a feed; programs ask for it far less often
blueprint = routes.blueprint  # they are routes of the same resource
events = service(EventService)
publisher = service(Publisher)


@blueprint.route("/events.ics")
@access.public
@up_to_a_second_old
@blueprint.arguments(FeedQuery(), location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/calendar", example=examples.FEED, headers=ETAG)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
def feed(query: dict[str, Any]) -> Response:
    """Subscribe to events in a calendar program

    The published events that meet the filters, as in the list, soonest first and at most 500. An event that is
    cancelled or over leaves the feed, and with it the calendars of its subscribers. Descriptions are cut after 1,000
    characters.
    """
    found = events.search(query | {"limit": calendar.MOST_IN_FEED, "sort": "date"}, None).items
    organizer = found[0]["organizer"] if found and "organizer_id" in query else None
    made = calendar.feed(publisher, f"Events by {organizer['name']}" if organizer else "Events", found)
    body = made.render()
    response = Response(body, headers=made.headers | {"Cache-Control": f"public, max-age={FEED_SECONDS}"})
    response.set_etag(hashlib.blake2b(body, digest_size=8).hexdigest(), weak=True)
    return response


@blueprint.route("/events/<objectid:event_id>/calendar.ics")
@access.optional.or_key(access.EVENTS_READ, access.EVENT)
@blueprint.response(200, {"type": "string"}, content_type="text/calendar", example=examples.CALENDAR)
@may_raise(EventNotFound)
def calendar_entry(event_id: ObjectId) -> Response:
    """Read an event as a calendar entry

    Its `STATUS` and `SEQUENCE` follow what becomes of the event; a draft is `TENTATIVE`.
    """
    viewer = access.caller_if_any()
    entry = calendar.of_event(publisher, events.read(event_id, viewer.id if viewer else None))
    return Response(entry.render(), headers=entry.headers)
