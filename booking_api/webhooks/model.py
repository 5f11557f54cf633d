"""The documents of webhooks, a class for those of each collection."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from bson import ObjectId


class SealedSecret(TypedDict):
    """A secret that deliveries are signed with, encrypted; one that was replaced signs along until `expires_at`."""

    sealed: bytes
    expires_at: datetime | None


class Webhook(TypedDict):
    """A receiver, in `webhooks`."""

    _id: ObjectId
    organizer_id: ObjectId
    slot: int  # from 0, unique for each organizer, so that two requests at once cannot exceed their number
    url: str
    types: list[str]  # `["*"]` for all
    event_id: ObjectId | None  # None for all events of the organizer
    secrets: list[SealedSecret]  # the newest first
    status: str
    disabled_reason: str | None
    disabled_at: NotRequired[datetime]
    enabled_at: datetime  # of its making, or when it was last enabled
    follows_from: datetime  # of an event without a cursor, changes older than this are not told
    failing_since: datetime | None
    last_failed_at: datetime | None
    last_delivery_at: datetime | None
    timeouts: int  # how many attempts in a row ran into the time limit
    paused_until: datetime | None  # after a time-out nothing is sent before
    slow_until: datetime | None  # until then it is served by the threads for slow receivers
    lease_until: datetime | None  # while somebody delivers to it
    lease: str | None  # who that is
    created_at: datetime
    updated_at: datetime


class Cursor(TypedDict):
    """Up to which change of an event a webhook has its deliveries, in `webhook_cursors`."""

    _id: str  # made of both ids
    webhook_id: ObjectId
    event_id: ObjectId
    sequence: int
    moved_at: datetime


class Attempt(TypedDict):
    """One attempt to deliver; `status` is that of HTTP, and None if there was no answer."""

    at: datetime
    status: int | None
    duration_ms: int
    answer: str
    error: str | None


class Delivery(TypedDict):
    """A message for one webhook, in `webhook_deliveries`."""

    _id: ObjectId
    webhook_id: ObjectId
    organizer_id: ObjectId
    message_id: str  # the id of the change, which is the same at every attempt
    message: dict[str, Any]  # the envelope, as JSON has it
    sequence: int  # of the change; 0 for a test
    test: bool
    status: str
    due_at: datetime  # of the next attempt, if it is pending
    first_attempt_at: datetime | None  # since it was made or replayed
    tries: int  # attempts since then
    attempt_count: int  # all attempts
    attempts: list[Attempt]  # the latest of them, oldest first
    created_at: datetime
