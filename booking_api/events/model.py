"""What an event's document in the `events` collection holds."""

from datetime import datetime
from typing import NotRequired, TypedDict

from bson import ObjectId


class TicketType(TypedDict):
    """One of the types of tickets that an event sells; its price is in the minor unit of the event's currency."""

    _id: ObjectId
    name: str
    price: int
    total: int
    available: int
    sale_starts: datetime | None
    sale_ends: datetime | None
    max_per_booking: int | None


class GuestView(TypedDict):
    """What guests are told of an event."""

    title: str
    date: datetime
    end_date: datetime | None
    venue: str | None


class Interim(TypedDict):
    """What guests have not been told yet: since which version it differs from what they were, and the view before."""

    since: int
    view: GuestView


class Organizer(TypedDict):
    """What is shown of an organizer."""

    _id: ObjectId
    name: str


class Event(TypedDict):
    """An event as it is stored.

    `version` counts edits, not sales. `words` are what a search finds it by. `announced` is what guests were last told,
    `changed_in_version` the version since which those who book know what it is now. `interim` is there until guests
    are told. `cancelled_draft` is true of an event that was cancelled before it was ever published. Until
    `cancel_grace_until` customers may cancel though the event has begun, where it was moved. `organizer` is never
    stored: it is added where an event is shown.
    """

    _id: ObjectId
    organizer_id: ObjectId
    title: str
    title_key: str
    description: str
    date: datetime
    end_date: datetime | None
    venue: str | None
    timezone: str
    status: str
    currency: str
    total_tickets: int
    available_tickets: int
    max_per_booking: int
    max_per_customer: int | None
    ticket_types: list[TicketType]
    words: list[str]
    ever_booked: bool
    announced: GuestView
    version: int
    created_at: datetime
    updated_at: datetime
    changed_in_version: NotRequired[int]
    interim: NotRequired[Interim]
    cancel_reason: NotRequired[str | None]
    cancelled_draft: NotRequired[bool]
    cancel_grace_until: NotRequired[datetime]
    touched: NotRequired[int]
    organizer: NotRequired[Organizer | None]


class StockFields(TypedDict):
    """The fields of an event that count its tickets."""

    ticket_types: list[TicketType]
    total_tickets: int
    available_tickets: int
