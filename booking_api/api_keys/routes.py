"""Routes of API keys, for organizers who are logged in: no key makes or deletes keys."""

from typing import Any

from bson import ObjectId

from ..accounts import access
from ..events.rules import EventNotFound, NotYourEvent
from ..http import idempotency, pagination
from ..http.arguments import Blueprint
from ..http.services import service
from ..openapi.views import may_raise
from . import examples
from .model import NewApiKey
from .rules import ApiKeyNotFound, TooManyApiKeys
from .schemas import ApiKeyCreate, ApiKeyList, ApiKeyWithSecret
from .service import ApiKeyService
from .store import SORT

blueprint = Blueprint(
    "api_keys", __name__, url_prefix="/api/v1", description="Keys with which devices and servers act for an organizer."
)
keys = service(ApiKeyService)


@blueprint.route("/api-keys", methods=["POST"])
@access.organizer
@idempotency.idempotent
@blueprint.arguments(ApiKeyCreate(), example=examples.NEW_KEY)
@blueprint.response(201, ApiKeyWithSecret, example=examples.CREATED)
@may_raise(EventNotFound, NotYourEvent, TooManyApiKeys)
def create(key: dict[str, Any]) -> NewApiKey:
    """Make an API key

    Sent as `Authorization: Bearer <key>` it acts for you within its scopes, and with an `event_id` within that one
    event; for anything else the answer is 403 `scope_missing`. It is shown this once, and only a digest is kept. Give
    each device a key of its own, so that a lost one can be deleted alone. No key manages staff, keys, payments or
    accounts, or does what customers do. 50 keys for each organizer.
    """
    return keys.create(access.caller().id, key, idempotency.resource_id())


@blueprint.route("/api-keys")
@access.organizer
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, ApiKeyList, example=examples.API_KEYS)
def own(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own API keys

    Newest first, those that have expired too, without what is to be sent.
    """
    after = pagination.position(query["cursor"], SORT)
    return pagination.answer(keys.own(access.caller().id, query["limit"], after), SORT)


@blueprint.route("/api-keys/<objectid:key_id>", methods=["DELETE"])
@access.organizer
@blueprint.response(204)
@may_raise(ApiKeyNotFound)
def delete(key_id: ObjectId) -> None:
    """Delete an API key

    Within 5 seconds nothing takes it any more.
    """
    keys.delete(key_id, access.caller().id)
