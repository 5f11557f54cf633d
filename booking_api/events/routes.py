"""Routes to make, browse and change events."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..http import idempotency, pagination
from ..http.arguments import Blueprint, takes_nothing
from ..http.etag import expected_versions, require_version
from ..http.response_cache import up_to_a_second_old
from ..http.services import service
from ..openapi.views import ETAG, LOCATION, may_raise
from . import access, examples, problems, representations
from .query_schemas import EventQuery, UpdateQuery, ViewQuery
from .schemas import EventCreate, EventList, EventRead, EventUpdate, OwnEventList
from .service import EventService
from .store import OWN_SORT, SORTS

blueprint = Blueprint("events", __name__, url_prefix="/api/v1", description="What people attend.")
events = service(EventService)


@blueprint.route("/events", methods=["POST"])
@access.verified_organizer.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@blueprint.arguments(EventCreate(), examples=examples.NEW_EVENTS)
@blueprint.response(201, EventRead, examples=examples.EVENTS, headers=LOCATION | ETAG)
@may_raise(*problems.CREATE)
def create(event: dict[str, Any]) -> Response:
    """Make an event

    It is published at once unless `status` is `draft`.
    """
    made = events.create(access.caller().id, event, idempotency.resource_id())
    return representations.written(made, 201, {"Location": f"/api/v1/events/{made['_id']}"})


@blueprint.route("/events")
@access.public
@up_to_a_second_old
@blueprint.arguments(EventQuery(), location="query")
@blueprint.response(200, EventList, example=examples.PUBLISHED_EVENTS)
def browse(query: dict[str, Any]) -> dict[str, Any]:
    """Browse published events

    Soonest first. An event runs from its `date` to its `end_date`, and is over then, or at its `date` if it has no
    end. Events that are over are left out unless asked for; `from` and `to` select those that run at any moment between
    them.
    """
    sort = SORTS[query["sort"]]
    return pagination.answer(events.search(query, pagination.position(query["cursor"], sort)), sort)


@blueprint.route("/users/me/events")
@access.team.or_key(access.EVENTS_READ)
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, OwnEventList, example=examples.OWN_EVENTS)
def own(query: dict[str, Any]) -> dict[str, Any]:
    """List the events that one has made or works for

    Drafts and cancelled ones included, newest first. `my_role` says as what you work for each.
    """
    after = pagination.position(query["cursor"], OWN_SORT)
    return pagination.answer(events.own(access.caller().id, query["limit"], after, only=access.limited_to()), OWN_SORT)


@blueprint.route("/events/<objectid:event_id>")
@access.optional.or_key(access.EVENTS_READ, access.EVENT)
@blueprint.rare_query(ViewQuery())
@blueprint.response(200, EventRead, example=examples.EVENT, headers=ETAG)
@may_raise(*problems.READ)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
@blueprint.doc(responses={200: {"content": examples.STRUCTURED_DATA}})
def read(query: dict[str, Any], event_id: ObjectId) -> Response:
    """Read an event

    Ticket types that are hidden are there for who runs the event, and for who names a code that unlocks them.

    With `Accept: application/ld+json` it is described in the words of schema.org, for search engines: put the answer
    into the event's page as it is, in a `<script type="application/ld+json">`.
    """
    viewer = access.caller_if_any()
    viewer_id = viewer.id if viewer else None
    code = query.get("code")
    return representations.answer(events.read(event_id, viewer_id, code), viewer_id, by_code=code is not None)


@blueprint.route("/events/<objectid:event_id>", methods=["PATCH"])
@access.manager.or_key(access.EVENTS_WRITE)
@blueprint.arguments(UpdateQuery(), location="query")
@blueprint.arguments(EventUpdate(), example=examples.CHANGES)
@blueprint.response(200, EventRead, example=examples.CHANGED, headers=ETAG)
@may_raise(*problems.UPDATE)
def update(query: dict[str, Any], changes: dict[str, Any], event_id: ObjectId) -> Response:
    """Change an event

    Its guests get a notice of a new title, date, end or venue. With `If-Match` only the version you read is changed.
    The currency cannot change once a ticket was booked.

    Guests get five such notices in 24 hours. Later changes are gathered into one, which goes out when the first of the
    five is a day old, or three hours before the event begins if that is sooner.
    """
    expected = expected_versions()
    edited = events.update(
        event_id,
        access.caller().id,
        changes,
        check=lambda event: require_version(event, expected),
        notify=query["notify"],
    )
    return representations.written(edited)


@blueprint.route("/events/<objectid:event_id>/publish", methods=["POST"])
@access.manager.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@takes_nothing
@blueprint.response(200, EventRead, example=examples.PUBLISHED_DRAFT, headers=ETAG)
@may_raise(*problems.PUBLISH)
def publish(event_id: ObjectId) -> Response:
    """Put a draft on sale"""
    return representations.written(events.publish(event_id, access.caller().id))


@blueprint.route("/events/<objectid:event_id>", methods=["DELETE"])
@access.owner
@blueprint.response(204)
@may_raise(*problems.DELETE)
def delete(event_id: ObjectId) -> None:
    """Delete an event that was never booked

    Who waits for its tickets is told that it will not take place.
    """
    events.delete(event_id, access.caller().id)
