"""What a booking's document in the `bookings` collection holds."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, NotRequired, TypedDict

from bson import ObjectId

from ..events.model import Event


class Item(TypedDict):
    """So many tickets of one type, at the price of that time; the implicit type has neither id nor name."""

    ticket_type_id: ObjectId | None
    name: str | None
    quantity: int
    price: int


class Ticket(TypedDict):
    """One seat; `ticket_type` is the name of its type."""

    _id: ObjectId
    code: str
    ticket_type: str | None
    checked_in_at: datetime | None


class TicketKey(NamedTuple):
    """The id and the code of a ticket that is to be issued."""

    id: ObjectId
    code: str


DrawKeys = Callable[[int], list[TicketKey]]  # draws so many of them at random


class Confirmation(TypedDict):
    """What became of the confirmation message."""

    status: str
    sent_at: datetime | None


class Customer(TypedDict):
    """What an organizer is shown of a customer."""

    _id: ObjectId
    name: str
    email: str


class Booking(TypedDict):
    """A booking as it is stored.

    `event_version` is that of the event at the time, as the customer saw it. `hold_ended_at` is there where its
    customer asked for a hold (see `holds`). `idempotency_key` is there where the order had one: a digest of the key
    and the order, so that whoever has the database cannot read answers kept under the key; older bookings have the
    key itself. `event` and `customer` are never stored: they are added where a booking is shown.
    """

    _id: ObjectId
    event_id: ObjectId
    event_version: int
    customer_id: ObjectId
    quantity: int
    items: list[Item]
    status: str
    amount: int
    currency: str
    tickets: list[Ticket]
    confirmation: Confirmation
    hold_expires_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    version: int
    created_at: datetime
    hold_ended_at: NotRequired[datetime | None]
    idempotency_key: NotRequired[str]
    event: NotRequired[Event | None]
    customer: NotRequired[Customer | None]
