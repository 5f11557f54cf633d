"""The shapes of webhooks and their deliveries."""

from typing import Any

from marshmallow import ValidationError, fields

from ..feed.schemas import TYPES
from ..http.fields import Arguments, BoundedList, Choice, Id, Representation, Text, Timestamp
from ..http.pagination import list_schema
from . import rules

LONGEST_URL = 2000
WANTED_TYPES = (rules.EVERY_TYPE, *TYPES)
TYPES_WANTED = "Each once; or `*` alone, for all types, also those to come."


def require_distinct(types: list[str]) -> None:
    """Raise `ValidationError` for a type that is there twice, or beside `*`."""
    if len(types) != len(set(types)):
        raise ValidationError("A type is in the list twice.")
    if rules.EVERY_TYPE in types and len(types) > 1:
        raise ValidationError("`*` stands for all types, so it must be alone.")


def _url(**options: Any) -> Text:
    description = "https, and a public address. Keep a token in it short-lived, or leave it out: deliveries are signed."
    return Text(most=LONGEST_URL, least=1, metadata={"description": description}, **options)


def _types(**options: Any) -> BoundedList:
    return BoundedList(
        Choice("WebhookType", WANTED_TYPES),
        least=1,
        most=len(WANTED_TYPES),
        validators=[require_distinct],
        metadata={"description": TYPES_WANTED},
        **options,
    )


class WebhookCreate(Arguments):
    """A receiver of changes."""

    url = _url(required=True)
    types = _types(required=True)
    event_id = Id(load_default=None, allow_none=True, metadata={"description": "Of one event only; null for all."})


class WebhookUpdate(Arguments):
    """What can be changed of a webhook."""

    url = _url()
    types = _types()
    status = Choice("WebhookStatus", rules.STATUSES)


class WebhookTest(Arguments):
    """What to send for a test."""

    type = Choice("ChangeType", TYPES, metadata={"description": "By default the first that it receives."})


class WebhookRead(Representation):
    """A webhook as its owner sees it."""

    id = Id(attribute="_id")
    url = fields.String()
    types = fields.List(Choice("WebhookType", WANTED_TYPES))
    event_id = Id(allow_none=True)
    status = Choice("WebhookStatus", rules.STATUSES)
    disabled_reason = Choice(
        "WebhookDisabledReason",
        rules.REASONS,
        allow_none=True,
        metadata={"description": "`gone`: it answered 410; `failing`: nothing succeeded for five days."},
    )
    failing_since = Timestamp(allow_none=True, metadata={"description": "Since when nothing has succeeded."})
    last_delivery_at = Timestamp(allow_none=True, metadata={"description": "When it last took a delivery."})
    created_at = Timestamp()
    updated_at = Timestamp()


class WebhookWithSecret(WebhookRead):
    """A webhook with its secret, which is shown this once."""

    secret = fields.String(metadata={"description": "Verify signatures with it. It is not shown again."})


class DeliveryAttempt(Representation):
    """One attempt to deliver."""

    at = Timestamp()
    status = fields.Integer(allow_none=True, metadata={"description": "Of the answer; null if there was none."})
    duration_ms = fields.Integer()
    answer = fields.String(metadata={"description": "Its first kilobyte."})
    error = fields.String(allow_none=True, metadata={"description": "Why there was no usable answer."})


class Message(Representation):
    """What is posted: a change, as in the feed of its event."""

    id = fields.String()
    type = Choice("ChangeType", TYPES)
    timestamp = fields.String(metadata={"format": "date-time"})
    event_id = fields.String()
    sequence = fields.Integer(metadata={"description": "Counts from 1 in each event; 0 in a test."})
    data = fields.Dict()


class NextAttempt(Timestamp):
    """When a pending delivery is tried next; null for any other."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> str | None:
        """Return the time."""
        return self._serialize(obj["due_at"], attr, obj) if obj["status"] == rules.PENDING else None


class DeliveryRead(Representation):
    """A delivery and what became of it."""

    id = Id(attribute="_id")
    webhook_id = Id()
    message = fields.Nested(Message)
    test = fields.Boolean()
    status = Choice("DeliveryStatus", rules.DELIVERY_STATUSES)
    next_attempt_at = NextAttempt(allow_none=True)
    attempt_count = fields.Integer()
    attempts = fields.List(
        fields.Nested(DeliveryAttempt),
        metadata={"description": f"The last {rules.MOST_ATTEMPTS_KEPT}, oldest first."},
    )
    created_at = Timestamp()


WebhookList = list_schema(WebhookRead, "WebhookList")
DeliveryList = list_schema(DeliveryRead, "DeliveryList")
