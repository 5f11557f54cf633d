"""The documents of notifications."""

from datetime import datetime
from typing import NotRequired, TypedDict

from bson import ObjectId

from ..events.model import GuestView


class Notice(TypedDict):
    """Something that all guests of an event are told, in `notices`."""

    _id: str
    kind: str
    event_id: ObjectId
    created_at: datetime
    reached: ObjectId | None  # the last guest to whom a message is already owed: the fan-out continues after it
    # Of a change:
    before: NotRequired[GuestView]
    after: NotRequired[GuestView]
    changed_in_version: NotRequired[int]  # guests who booked this version or a later one are not told
    from_version: NotRequired[int]  # only guests who booked this version or a later one are told
    urgent: NotRequired[bool]  # whether it was sent beyond the daily limit
    # Of a cancellation:
    reason: NotRequired[str | None]
    # Of an organizer's message:
    subject: NotRequired[str]
    body: NotRequired[str]


class Unsubscription(TypedDict):
    """A guest who wants no more mails about an event that they can do without, in `unsubscriptions`."""

    event_id: ObjectId
    customer_id: ObjectId
    created_at: datetime
