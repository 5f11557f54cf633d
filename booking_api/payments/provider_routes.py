"""The route of payments for the provider's own messages."""

from typing import Any

from flask import request

from ..events import access
from ..http.body import body_of
from ..http.services import service
from ..openapi.views import may_raise
from . import problems
from .provider_events import ProviderEvents
from .routes import blueprint
from .rules import InvalidWebhook
from .schemas import MessageTaken

__all__ = ["blueprint"]

MOST_MESSAGE_BYTES = 256_000
SIGNATURE = "Stripe-Signature"

events = service(ProviderEvents)


@blueprint.route("/payments/stripe/webhook", methods=["POST"])
@access.public
@blueprint.response(200, MessageTaken, example={})
@may_raise(*problems.RECEIVE)
def receive() -> dict[str, Any]:
    """Take a message of Stripe's

    For Stripe alone, which signs what it sends in `Stripe-Signature`. Each message is stored once and answered at once;
    what it is about is then asked of Stripe. Without a Stripe account there is nothing at this address.
    """
    body = body_of(request)
    if len(body) > MOST_MESSAGE_BYTES:
        raise InvalidWebhook("The message is longer than 256 KB.")
    events.receive(body, request.headers.get(SIGNATURE, ""))
    return {}
