"""Routes of promo codes, for who runs an event."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import Blueprint
from ..http.etag import expected_versions, require_version, tagged
from ..http.services import service
from ..openapi.views import ETAG, LOCATION, may_raise
from . import examples, problems
from .schemas import (
    PromoCodeBulk,
    PromoCodeCreate,
    PromoCodeList,
    PromoCodeQuery,
    PromoCodeRead,
    PromoCodes,
    PromoCodeUpdate,
)
from .service import CodeService
from .store import SORTS

blueprint = Blueprint(
    "promo", __name__, url_prefix="/api/v1", description="Codes that make tickets cheaper, or show hidden ones."
)
codes = service(CodeService)
CODE = PromoCodeRead()


@blueprint.route("/events/<objectid:event_id>/codes", methods=["POST"])
@access.manager.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@blueprint.arguments(PromoCodeCreate(), example=examples.NEW_CODE)
@blueprint.response(201, PromoCodeRead, example=examples.CODE, headers=LOCATION | ETAG)
@may_raise(*problems.CREATE)
def create(terms: Any, event_id: ObjectId) -> Response:
    """Make a promo code

    A booking takes one code. It is applied to each of its tickets that the code is for, percentages half up. Uses are
    counted where tickets are sold, so a code is never used more often than its limits say; bookings that are cancelled
    or expire give theirs back. An event has at most 10,000 codes.
    """
    made = codes.create(event_id, access.caller().id, terms, idempotency.resource_id())
    return tagged(CODE, made, 201, {"Location": f"/api/v1/events/{event_id}/codes/{made['_id']}"})


@blueprint.route("/events/<objectid:event_id>/codes/bulk", methods=["POST"])
@access.manager.or_key(access.EVENTS_WRITE)
@idempotency.idempotent
@blueprint.arguments(PromoCodeBulk(), example=examples.NEW_CODES)
@blueprint.response(201, PromoCodes, example=examples.MADE_CODES)
@may_raise(*problems.CREATE)
def bulk(body: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Make many promo codes

    Up to 1,000, all or none, for example one for each guest. They are answered in the same order.
    """
    made = codes.create_all(event_id, access.caller().id, body["codes"], idempotency.resource_id())
    return {"items": made}


@blueprint.route("/events/<objectid:event_id>/codes")
@access.manager.or_key(access.EVENTS_WRITE)
@blueprint.arguments(PromoCodeQuery(), location="query")
@blueprint.response(200, PromoCodeList, example=examples.CODES)
@may_raise(*problems.LIST)
def of_event(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List the promo codes of one's event

    Newest first, unless asked for otherwise.
    """
    sort = SORTS[query["sort"]]
    after = pagination.position(query["cursor"], sort)
    return pagination.answer(codes.page(event_id, access.caller().id, query, after), sort)


@blueprint.route("/events/<objectid:event_id>/codes/<objectid:code_id>")
@access.manager.or_key(access.EVENTS_WRITE)
@blueprint.response(200, PromoCodeRead, example=examples.CODE, headers=ETAG)
@may_raise(*problems.READ)
@blueprint.alt_response(304, description="Not changed since the version named by `If-None-Match`.")
def read(event_id: ObjectId, code_id: ObjectId) -> Response:
    """Read a promo code

    `used_tickets` and `used_bookings` say how often it is used now.
    """
    return tagged(CODE, codes.read(event_id, code_id, access.caller().id))


@blueprint.route("/events/<objectid:event_id>/codes/<objectid:code_id>", methods=["PATCH"])
@access.manager.or_key(access.EVENTS_WRITE)
@blueprint.arguments(PromoCodeUpdate(), example=examples.CHANGES)
@blueprint.response(200, PromoCodeRead, example=examples.CHANGED, headers=ETAG)
@may_raise(*problems.UPDATE)
def update(changes: dict[str, Any], event_id: ObjectId, code_id: ObjectId) -> Response:
    """Change a promo code, disable it or enable it again

    Bookings keep the prices that they were made at. A limit cannot be set below what is used: disable the code instead.
    With `If-Match` only the version you read is changed; that it was used meanwhile does not matter.
    """
    expected = expected_versions()
    edited = codes.update(
        event_id, code_id, access.caller().id, changes, check=lambda code: require_version(code, expected)
    )
    return tagged(CODE, edited)


@blueprint.route("/events/<objectid:event_id>/codes/<objectid:code_id>", methods=["DELETE"])
@access.manager.or_key(access.EVENTS_WRITE)
@blueprint.response(204)
@may_raise(*problems.READ)
def delete(event_id: ObjectId, code_id: ObjectId) -> None:
    """Delete a promo code

    Bookings that were made with it keep their prices.
    """
    codes.delete(event_id, code_id, access.caller().id)
