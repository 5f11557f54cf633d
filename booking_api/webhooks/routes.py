"""Routes of webhooks, for organizers."""

from typing import Any

from bson import ObjectId

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import Blueprint, takes_nothing
from ..http.rate_limits import spend
from ..http.services import service
from ..openapi.views import LOCATION, may_raise
from . import delivery_store, examples, limits, problems, store
from .delivery_service import DeliveryService
from .schemas import (
    DeliveryList,
    DeliveryRead,
    WebhookCreate,
    WebhookList,
    WebhookRead,
    WebhookTest,
    WebhookUpdate,
    WebhookWithSecret,
)
from .service import WebhookService

blueprint = Blueprint(
    "webhooks", __name__, url_prefix="/api/v1", description="Receivers that are told what happens to one's events."
)
webhooks = service(WebhookService)
deliveries = service(DeliveryService)


@blueprint.route("/webhooks", methods=["POST"])
@access.organizer.or_key(access.WEBHOOKS)
@idempotency.idempotent
@blueprint.arguments(WebhookCreate(), example=examples.NEW_WEBHOOK)
@blueprint.response(201, WebhookWithSecret, example=examples.CREATED, headers=LOCATION)
@may_raise(*problems.CREATE)
def create(webhook: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a webhook

    From now on each change of one's events, or of the one event, is posted to it as JSON, signed as Standard Webhooks
    says (https://www.standardwebhooks.com). It is sent at least once, and its `webhook-id` tells whether it came
    before. Its `sequence` tells the order: a delivery that is tried again comes after later ones. What fails is tried
    again for three days. The secret is shown this once.
    """
    spend(limits.SAVE, subject=str(access.caller().id))
    made = webhooks.create(access.caller().id, webhook, idempotency.resource_id())
    return made, 201, {"Location": f"/api/v1/webhooks/{made['_id']}"}


@blueprint.route("/webhooks")
@access.organizer.or_key(access.WEBHOOKS)
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, WebhookList, example=examples.WEBHOOKS)
def own(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own webhooks

    Newest first.
    """
    after = pagination.position(query["cursor"], store.SORT)
    return pagination.answer(webhooks.own(access.caller().id, query["limit"], after), store.SORT)


@blueprint.route("/webhooks/<objectid:webhook_id>")
@access.organizer.or_key(access.WEBHOOKS)
@blueprint.response(200, WebhookRead, example=examples.CHANGED)
@may_raise(*problems.READ)
def read(webhook_id: ObjectId) -> dict[str, Any]:
    """Read a webhook"""
    return dict(webhooks.read(webhook_id, access.caller().id))


@blueprint.route("/webhooks/<objectid:webhook_id>", methods=["PATCH"])
@access.organizer.or_key(access.WEBHOOKS)
@blueprint.arguments(WebhookUpdate(), example=examples.CHANGES)
@blueprint.response(200, WebhookRead, example=examples.CHANGED)
@may_raise(*problems.UPDATE)
def update(changes: dict[str, Any], webhook_id: ObjectId) -> dict[str, Any]:
    """Change a webhook, disable it or enable it again

    While it is disabled nothing is sent to it. Once it is enabled, what was pending goes on, and what happened
    meanwhile follows, as far as the feed has it: 30 days. Other `types` hold for what happens from then on.
    """
    spend(limits.SAVE, subject=str(access.caller().id))
    return dict(webhooks.update(webhook_id, access.caller().id, changes))


@blueprint.route("/webhooks/<objectid:webhook_id>", methods=["DELETE"])
@access.organizer.or_key(access.WEBHOOKS)
@blueprint.response(204)
@may_raise(*problems.READ)
def delete(webhook_id: ObjectId) -> None:
    """Delete a webhook and its deliveries"""
    webhooks.delete(webhook_id, access.caller().id)


@blueprint.route("/webhooks/<objectid:webhook_id>/secret", methods=["POST"])
@access.organizer.or_key(access.WEBHOOKS)
@idempotency.idempotent
@takes_nothing
@blueprint.response(200, WebhookWithSecret, example=examples.RENEWED)
@may_raise(*problems.READ)
def replace_secret(webhook_id: ObjectId) -> dict[str, Any]:
    """Replace the secret of a webhook

    For 24 hours deliveries are signed with the earlier secret too, so that receivers can be changed in peace.
    """
    spend(limits.SAVE, subject=str(access.caller().id))
    return webhooks.replace_secret(webhook_id, access.caller().id)


@blueprint.route("/webhooks/<objectid:webhook_id>/test", methods=["POST"])
@access.organizer.or_key(access.WEBHOOKS)
@idempotency.idempotent
@blueprint.arguments(WebhookTest(), example=examples.TEST)
@blueprint.response(202, DeliveryRead, example=examples.DELIVERY)
@may_raise(*problems.SEND)
def send_test(test: dict[str, Any], webhook_id: ObjectId) -> dict[str, Any]:
    """Send a webhook an example

    It is delivered, signed and tried again like a change. Its `sequence` is 0 and its header `webhook-test` is `true`;
    its ids are those of the examples in this documentation.
    """
    spend(limits.SEND, subject=str(access.caller().id))
    return dict(deliveries.send_test(webhook_id, access.caller().id, test.get("type"), idempotency.resource_id()))


@blueprint.route("/webhooks/<objectid:webhook_id>/deliveries")
@access.organizer.or_key(access.WEBHOOKS)
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, DeliveryList, example=examples.DELIVERIES)
@may_raise(*problems.READ)
def list_deliveries(query: dict[str, Any], webhook_id: ObjectId) -> dict[str, Any]:
    """List the deliveries of a webhook

    Newest first, with their latest attempts. They are kept for 30 days.
    """
    after = pagination.position(query["cursor"], delivery_store.SORT)
    page = deliveries.of_webhook(webhook_id, access.caller().id, query["limit"], after)
    return pagination.answer(page, delivery_store.SORT)


@blueprint.route("/webhooks/<objectid:webhook_id>/deliveries/<objectid:delivery_id>/replay", methods=["POST"])
@access.organizer.or_key(access.WEBHOOKS)
@idempotency.idempotent
@takes_nothing
@blueprint.response(202, DeliveryRead, example=examples.DELIVERY)
@may_raise(*problems.REPLAY)
def replay(webhook_id: ObjectId, delivery_id: ObjectId) -> dict[str, Any]:
    """Send a delivery again at once

    The same message under the same `webhook-id`, whatever became of it before.
    """
    spend(limits.SEND, subject=str(access.caller().id))
    return dict(deliveries.replay(webhook_id, access.caller().id, delivery_id))
