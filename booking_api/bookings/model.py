"""The documents of the `bookings` collection."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, NotRequired, TypedDict

from bson import ObjectId

from ..events.model import Event

WRITTEN_ALONE = ("tickets", "payment")  # fields of a booking that hardly two requests change alike


class Item(TypedDict):
    """A number of tickets of one type, at the price when they were booked; the implicit type has no id and no name.

    `reduction` is what a promo code has taken off the price of each ticket; it is there wherever the code was applied.
    """

    ticket_type_id: ObjectId | None
    name: str | None
    quantity: int
    price: int
    reduction: NotRequired[int]


class UsedCode(TypedDict):
    """The promo code that a booking was made with, as it was written then."""

    _id: ObjectId
    code: str


class BookingPayment(TypedDict):
    """The money of a booking, in the minor unit of its currency; missing if its event did not ask for any.

    What was `paid` is `refunded`, `owed` to the customer, `retained` after a cancel, or still the `amount` of the
    booking: of a live booking that is paid, `paid - refunded - owed - retained = amount`, and of any other 0. `mode` is
    that of the event. `state` is there while it is not paid, once somebody has tried to. `attempt` is the open attempt.
    """

    mode: str
    paid: int
    refunded: int
    owed: int
    retained: int
    state: NotRequired[str]
    attempt: NotRequired[ObjectId | None]


class Attendance(TypedDict, total=False):
    """Who comes with a ticket."""

    attendee_name: str | None
    attendee_email: str | None


class Transfer(TypedDict):
    """To whom a ticket was given, and when."""

    _id: ObjectId
    at: datetime
    name: str
    email: str


class CheckIn(TypedDict):
    """How a ticket came in by one of the event's lists: by which scan, when, and who has scanned it with what."""

    scan_id: ObjectId
    list: str
    at: datetime
    by: ObjectId
    key_id: ObjectId | None
    device: str | None


class Ticket(TypedDict):
    """One seat; `ticket_type` is the name of its type. It has the fields of its attendee once these are named.

    It has `cancelled_at`, and the `price` that it had, if it was cancelled apart from its booking. Then it no longer
    counts in the quantity, the items and the amount of the booking. `checked_in_at` is the first of its `check_ins`,
    of which there is at most one for each list.
    """

    _id: ObjectId
    code: str
    ticket_type: str | None
    checked_in_at: datetime | None
    attendee_name: NotRequired[str | None]
    attendee_email: NotRequired[str | None]
    cancelled_at: NotRequired[datetime]
    price: NotRequired[int]
    check_ins: NotRequired[list[CheckIn]]  # once it was scanned
    transfers: NotRequired[list[Transfer]]  # if it was given to somebody, who has its code since; the latest is last
    revoked_codes: NotRequired[list[str]]  # SHA-256 of the codes that it had before


class TicketKey(NamedTuple):
    """The id and the code of a new ticket."""

    id: ObjectId
    code: str


Guest = tuple[ObjectId, ObjectId]  # the ids of an event, and of somebody who has booked it
DrawKeys = Callable[[int], list[TicketKey]]  # returns that many random keys


class Confirmation(TypedDict):
    """The state of the confirmation message."""

    status: str
    sent_at: datetime | None


class Resend(TypedDict):
    """When a confirmation was asked for again, and by which request."""

    _id: ObjectId
    at: datetime


class Customer(TypedDict):
    """What is shown to an organizer about a customer."""

    _id: ObjectId
    name: str
    email: str


class Booking(TypedDict):
    """A booking as it is stored.

    `event_version` is the version of the event that was booked. `hold_ended_at` is present if the customer asked for
    a hold (see `holds`). `idempotency_key` is present if the order had one. It is a digest of the key and the order,
    so that access to the database does not give access to the responses stored under the key; older bookings have
    the key itself. `cancelled_by` is `customer`, `organizer` if it was cancelled with its event, or `staff` if who runs
    the event has cancelled this booking alone; then it has their `cancel_reason`. `waitlist_entry_id` is of who was
    offered this booking by the waiting list. `event` and `customer` are never
    stored; they are added when a booking is shown.
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
    resends: NotRequired[list[Resend]]  # the latest five
    named_at: NotRequired[datetime]  # when it was last said who comes with a ticket
    cancel_reason: NotRequired[str | None]
    hold_ended_at: NotRequired[datetime | None]
    idempotency_key: NotRequired[str]
    waitlist_entry_id: NotRequired[ObjectId]
    promo: NotRequired[UsedCode]
    payment: NotRequired[BookingPayment]
    event: NotRequired[Event | None]
    customer: NotRequired[Customer | None]


class Sum(TypedDict):
    """Bookings of one status, ticket type and day, summed up; the day is None unless they are confirmed."""

    status: str
    ticket_type_id: ObjectId | None
    day: str | None
    tickets: int
    value: int  # of these tickets, at the prices for which they were booked
    amount: int  # of the bookings whose first line has this type, so that each booking counts once
    refunded: int  # of what was paid for the same bookings
    checked_in: int  # tickets of the same bookings
    cancelled_apart: int  # tickets of the same bookings that were cancelled before them, and count in nothing else
