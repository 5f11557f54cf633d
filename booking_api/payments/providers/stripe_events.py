"""Read Stripe's messages: who has signed them, whether they are meant for us, and what they are about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import stripe

from .port import InvalidEvent, ProviderEvent

TOLERANCE_SECONDS = 300  # how old a signature may be, as Stripe's libraries have it
LONGEST_SIGNATURE = 2000
LONGEST_ID = 255  # as Stripe says of its ids; they are stored, asked for and logged
INTENT_TYPES = {
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
}
# An account whose API is older than 2024-10-28 sends `charge.refund.updated` in place of the others.
REFUND_TYPES = {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}


def read(body: bytes, signature: str, secret: str | None, *, live: bool) -> ProviderEvent | None:
    """Return what a message is about, or None if nothing of ours. Raises `InvalidEvent`."""
    _verify(body, signature, secret)
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidEvent("The message is no JSON.") from None
    if not isinstance(event, dict):
        raise InvalidEvent("The message is no event.")
    if event.get("account") or event.get("context"):
        raise InvalidEvent("The event is of another account.")
    if event.get("livemode") is not live:
        raise InvalidEvent(f"The event is not of {'live' if live else 'test'} mode.")
    id, kind = _text(event.get("id")), _text(event.get("type"))
    if id is None or kind is None:
        raise InvalidEvent("The event has no id or no type.")
    return _about(_object_of(event), id, kind, _moment(event.get("created")))


def _verify(body: bytes, signature: str, secret: str | None) -> None:
    if secret is None:
        raise InvalidEvent("STRIPE_WEBHOOK_SECRET is not set.")
    if len(signature) > LONGEST_SIGNATURE or not signature.isascii():
        raise InvalidEvent("The signature is not one of Stripe's.")
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
    except UnicodeDecodeError:
        raise InvalidEvent("The message is no text.") from None
    except (stripe.SignatureVerificationError, ValueError, OverflowError):
        raise InvalidEvent("The signature is wrong or too old.") from None


def _about(subject: Mapping[str, Any], id: str, kind: str, created_at: datetime) -> ProviderEvent | None:
    metadata = subject.get("metadata") or {}
    payment_id = _text(metadata.get("payment_id")) if isinstance(metadata, Mapping) else None
    subject_id = _text(subject.get("id"))
    if subject_id is None:
        return None
    if kind in INTENT_TYPES and payment_id is not None:  # another shop of the account makes intents without
        return ProviderEvent(id, kind, subject_id, None, payment_id, created_at)
    if kind in REFUND_TYPES:  # one that was made in Stripe's dashboard has no metadata, and its payment may be ours
        return ProviderEvent(id, kind, _text(subject.get("payment_intent")), subject_id, payment_id, created_at)
    return None


def _object_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    data = event.get("data")
    found = data.get("object") if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _moment(created: Any) -> datetime:
    try:
        return datetime.fromtimestamp(created, UTC)
    except (TypeError, OverflowError, ValueError, OSError):
        raise InvalidEvent("The event has no time.") from None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None
