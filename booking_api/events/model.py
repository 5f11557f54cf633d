"""The documents of the `events` and `event_history` collections."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from bson import ObjectId


class TicketType(TypedDict):
    """A type of ticket that an event sells; its price is in the minor unit of the event's currency."""

    _id: ObjectId
    name: str
    price: int
    total: int
    available: int
    sale_starts: datetime | None
    sale_ends: datetime | None
    max_per_booking: int | None
    hidden: NotRequired[bool]  # missing in types that everybody sees


class GuestView(TypedDict):
    """What guests are told about an event."""

    title: str
    date: datetime
    end_date: datetime | None
    venue: str | None
    timezone: NotRequired[str]  # missing in views that older versions stored


class Interim(TypedDict):
    """Changes that guests have not been told about: the version of the first, and the view before the latest."""

    since: int
    view: GuestView


class Organizer(TypedDict):
    """What is shown about an organizer."""

    _id: ObjectId
    name: str


class StaffMember(TypedDict):
    """Somebody who works for an event: an account, whichever role it has elsewhere."""

    user_id: ObjectId
    role: str


class EventWaitlist(TypedDict):
    """What an event keeps of its waiting list.

    `last` is the number of its latest entry, and `waiting` how many wait now. `turn` counts the times that an entry was
    offered tickets, or ceased to wait otherwise, which puts them in order. `due` is there while a job has to look
    through the list, `unblock` if it has to begin with those who had as many tickets as they may. `givers` are entries
    of customers whose tickets are being offered: they come after all others.
    """

    last: int
    waiting: int
    turn: int
    due: NotRequired[bool]
    unblock: NotRequired[bool]
    givers: NotRequired[list[ObjectId]]


class Event(TypedDict):
    """An event as it is stored.

    `version` counts edits, not sales. `revision` counts every write by this version of the service; an older one, which
    may run beside it during a deploy, sells without counting. `sequence` counts its changes (see `changes`). `words`
    are the search words with their beginnings; they are many, so they are stored and never read. `span` is the class of
    its length (see `spans`). `title_key` sorts titles. `min_price` is for the filter; what is shown is computed, like
    `max_price`, which is never stored. `shown_available` counts the tickets on sale of types that are not hidden, and
    `min_price` is the lowest price of those (see `hidden`). `announced` is what guests were last told.
    `changed_in_version` is the version of the last edit that guests are told about; customers who booked that version
    or a later one already know. `interim` is present until guests have been told. `cancelled_draft` is true if the
    event was cancelled before it was published. `cancel_grace_until` is set when the event is moved: until then
    customers may cancel whatever the rest says. `organizer_name` is a copy of the account's (see `organizers`).
    `organizer` is never stored; it is added when an event is shown. `staff` is read where permissions are asked for,
    and never shown with the event.
    """

    _id: ObjectId
    organizer_id: ObjectId
    organizer_name: NotRequired[str]  # missing in older events
    title: str
    title_key: str
    description: str
    date: datetime
    end_date: datetime | None
    sale_starts: NotRequired[datetime | None]  # missing in older events, like the next two
    sale_ends: NotRequired[datetime | None]
    cancel_until: NotRequired[datetime | None]
    venue: str | None
    timezone: str
    status: str
    currency: str
    total_tickets: int
    available_tickets: int
    max_per_booking: int
    max_per_customer: int | None
    ticket_types: list[TicketType]
    words: NotRequired[list[str]]
    span: NotRequired[int]  # missing in events from before it, like the next five
    category: NotRequired[str | None]
    tags: NotRequired[list[str]]
    image_url: NotRequired[str | None]
    check_in_lists: NotRequired[list[str]]  # missing in events from before them
    used_lists: NotRequired[list[str]]  # for which tickets were scanned
    min_price: NotRequired[int | None]
    shown_available: NotRequired[int | None]  # missing or None where no type is hidden
    max_price: NotRequired[int]
    ever_booked: bool
    announced: GuestView
    version: int
    revision: NotRequired[int]  # missing in events that only older versions have written, like the next one
    sequence: NotRequired[int]
    created_at: datetime
    updated_at: datetime
    changed_in_version: NotRequired[int]
    interim: NotRequired[Interim]
    cancel_reason: NotRequired[str | None]
    cancelled_draft: NotRequired[bool]
    cancel_grace_until: NotRequired[datetime]
    staff: NotRequired[list[StaffMember]]
    waitlist_policy: NotRequired[str]  # missing in older events
    waitlist: NotRequired[EventWaitlist]  # missing until somebody has joined
    reserved_from: NotRequired[datetime | None]  # since when the waiting list alone is served
    payment: NotRequired[str]  # missing in events from before payments, like the next two
    payment_due_hours: NotRequired[int]
    refund_on_cancel: NotRequired[bool]
    organizer: NotRequired[Organizer | None]


class HistoryRow(TypedDict):
    """What one change of an event has changed, in `event_history`: the recorded fields whose value is another.

    A change of its staff has one entry of it as `staff`, which is None where there was none. `version` is that of the
    event after the change, by which rows are sorted. `actor` is an account, and None for an
    operator. `before` is None if the change has made the event.
    """

    _id: ObjectId
    event_id: ObjectId
    version: int
    at: datetime
    actor: ObjectId | None
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any]


class DeletedEvent(TypedDict):
    """What is kept of an event that was deleted, for those who waited for its tickets: to them it is cancelled."""

    _id: ObjectId
    organizer_id: ObjectId
    title: str
    date: datetime
    end_date: datetime | None
    venue: str | None
    timezone: str
    status: str


class EventDates(TypedDict):
    """When an event begins and ends."""

    _id: ObjectId
    date: datetime
    end_date: datetime | None


class StockFields(TypedDict):
    """The fields of an event that count its tickets."""

    ticket_types: list[TicketType]
    total_tickets: int
    available_tickets: int
