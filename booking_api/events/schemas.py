"""The shapes of events."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields

from .. import money
from ..http.dumping import Prepared
from ..http.fields import (
    Arguments,
    Bounded,
    BoundedList,
    Choice,
    HttpsUrl,
    Id,
    JsonFlag,
    Representation,
    Slug,
    Text,
    Timestamp,
    Whole,
)
from ..http.pagination import list_schema
from . import payment_schemas
from .payment import DUE_HOURS, NONE
from .permissions import ROLES
from .rules import DEFAULT_LISTS, DRAFT, PUBLISHED, STATUSES
from .waiting import FIRST_FIT
from .waitlist_schemas import EventWaitlist, policy

SALE_STARTS = "When the sale of all tickets begins; a ticket type may begin later."
SALE_ENDS = "When the sale of all tickets ends; a ticket type may end sooner."
CANCEL_UNTIL = "Until when customers may cancel; if null, until the event begins. Never after it is over."
HIDDEN = (
    "Whether the type is shown and sold only to who has a promo code that unlocks it, and to who runs the event. "
    "For all others it does not exist: not in totals, prices and filters, nor on the waiting list."
)
LEAST = f"The lowest price of its types, 0 without types. {money.MINOR_UNITS}"
HIGHEST = f"The highest price of its types, 0 without types. {money.MINOR_UNITS}"
LONGEST_TIMEZONE = 64  # characters; the longest name has 38
MISSPELT = 20  # characters beyond a code's length up to which the error explains what a code is
HIGHEST_PRICE = 1_000_000_000
LONGEST_SLUG = 50
LONGEST_URL = 2000
MOST_TAGS = 10
MOST_LISTS = 20
LONGEST_LIST_NAME = 50
CHECK_IN_LISTS = "At the door, each list takes a ticket once: a pass for several days has one for each day."
OWN_ROLE = "As what you work for it: as its `owner`, or in the role that its organizer has given you."
IMAGE = "Where a picture of the event is; only its form is checked, and it is never fetched."
NOWHERE = {"Factory", "localtime"}  # names among the zones that mean nothing on another machine


@cache
def known_timezones() -> set[str]:
    """Return the names of the IANA time zones."""
    return available_timezones() - NOWHERE


def _timezone(name: str) -> None:
    if name not in known_timezones():
        raise ValidationError("Must be an IANA time zone, like Europe/Vienna.")


def _currency(code: str) -> None:
    if code not in money.DIGITS:
        raise ValidationError("Must be an ISO 4217 code, like EUR.")


def _distinct(entries: list[str]) -> None:
    if len(set(entries)) < len(entries):
        raise ValidationError("An entry is in the list twice.")


def _tags(**options: Any) -> BoundedList:
    return BoundedList(
        Slug(most=LONGEST_SLUG), most=MOST_TAGS, validators=[_distinct], metadata={"uniqueItems": True}, **options
    )


def _check_in_lists(**options: Any) -> BoundedList:
    return BoundedList(
        Text(least=1, most=LONGEST_LIST_NAME),
        least=1,
        most=MOST_LISTS,
        validators=[_distinct],
        metadata={"uniqueItems": True, "description": CHECK_IN_LISTS, "example": ["Friday", "Saturday"]},
        **options,
    )


def _image_url(**options: Any) -> HttpsUrl:
    return HttpsUrl(most=LONGEST_URL, allow_none=True, metadata={"description": IMAGE}, **options)


class TicketTypeEntry(Arguments):
    """A ticket type in an organizer's list: with an `id` it changes that type, without one it is new."""

    id = Id()
    name = Text(least=1, most=100)
    price = Whole(0, HIGHEST_PRICE, metadata={"description": money.MINOR_UNITS})
    total = Whole(0, 1_000_000)
    sale_starts = Timestamp(allow_none=True)
    sale_ends = Timestamp(allow_none=True)
    max_per_booking = Whole(1, 100, allow_none=True)
    hidden = JsonFlag(metadata={"description": HIDDEN})


class NewTicketType(TicketTypeEntry):
    """A ticket type of a new event."""

    class Meta:
        """Ids are left out, because a new event has no types yet."""

        exclude = ("id",)

    name = Text(least=1, most=100, required=True)
    price = Whole(0, HIGHEST_PRICE, required=True, metadata={"description": money.MINOR_UNITS})
    total = Whole(0, 1_000_000, required=True)


class TicketTypeRead(Representation, TicketTypeEntry):
    """A ticket type as those see it to whom it is shown."""

    id = Id(attribute="_id")
    available = fields.Integer()
    hidden = JsonFlag(dump_default=False, metadata={"description": HIDDEN})


MOST_TICKET_TYPES = 50


class EventUpdate(Arguments):
    """What an organizer can change; `status` and `available_tickets` change only by what happens to the event."""

    title = Text(least=1, most=200)
    description = Text(most=10_000, multiline=True)
    date = Timestamp()
    end_date = Timestamp(allow_none=True)
    sale_starts = Timestamp(allow_none=True, metadata={"description": SALE_STARTS})
    sale_ends = Timestamp(allow_none=True, metadata={"description": SALE_ENDS})
    cancel_until = Timestamp(allow_none=True, metadata={"description": CANCEL_UNTIL})
    venue = Text(most=300, allow_none=True)
    timezone = Bounded(most=LONGEST_TIMEZONE, validators=[_timezone], metadata={"example": "Europe/Vienna"})
    currency = Bounded(most=3, room=MISSPELT, validators=[_currency], metadata={"example": "EUR"})
    total_tickets = Whole(1, 1_000_000)
    max_per_booking = Whole(1, 100)
    max_per_customer = Whole(1, 1_000_000, allow_none=True)
    ticket_types = BoundedList(fields.Nested(TicketTypeEntry), most=MOST_TICKET_TYPES)
    category = Slug(most=LONGEST_SLUG, allow_none=True)
    tags = _tags()
    image_url = _image_url()
    check_in_lists = _check_in_lists()
    waitlist_policy = policy()
    payment = payment_schemas.mode()
    payment_due_hours = payment_schemas.hours()
    refund_on_cancel = payment_schemas.refund()


class EventCreate(EventUpdate):
    """The body that creates an event."""

    title = Text(least=1, most=200, required=True)
    description = Text(most=10_000, multiline=True, required=True)
    date = Timestamp(required=True)
    end_date = Timestamp(allow_none=True, load_default=None)
    sale_starts = Timestamp(allow_none=True, load_default=None, metadata={"description": SALE_STARTS})
    sale_ends = Timestamp(allow_none=True, load_default=None, metadata={"description": SALE_ENDS})
    cancel_until = Timestamp(allow_none=True, load_default=None, metadata={"description": CANCEL_UNTIL})
    venue = Text(most=300, allow_none=True, load_default=None)
    timezone = Bounded(
        most=LONGEST_TIMEZONE, validators=[_timezone], load_default="UTC", metadata={"example": "Europe/Vienna"}
    )
    currency = Bounded(most=3, room=MISSPELT, validators=[_currency], load_default="USD", metadata={"example": "EUR"})
    total_tickets = Whole(1, 1_000_000, metadata={"description": "Needed unless there are ticket types."})
    max_per_booking = Whole(1, 100, load_default=10)
    max_per_customer = Whole(1, 1_000_000, allow_none=True, load_default=None)
    ticket_types = BoundedList(fields.Nested(NewTicketType), most=MOST_TICKET_TYPES, load_default=list)
    category = Slug(most=LONGEST_SLUG, allow_none=True, load_default=None)
    tags = _tags(load_default=list)
    image_url = _image_url(load_default=None)
    check_in_lists = _check_in_lists(load_default=lambda: list(DEFAULT_LISTS))
    waitlist_policy = policy(load_default=FIRST_FIT)
    payment = payment_schemas.mode(load_default=NONE)
    payment_due_hours = payment_schemas.hours(load_default=DUE_HOURS)
    refund_on_cancel = payment_schemas.refund(load_default=True)
    status = Choice("NewEventStatus", [PUBLISHED, DRAFT], load_default=PUBLISHED)


class Organizer(Representation):
    """The organizer of an event."""

    id = Id(attribute="_id")
    name = fields.String()


class EventRead(Representation):
    """An event as everybody sees it."""

    id = Id(attribute="_id")
    title = fields.String()
    description = fields.String()
    date = Timestamp()
    end_date = Timestamp(allow_none=True)
    sale_starts = Timestamp(allow_none=True, dump_default=None)
    sale_ends = Timestamp(allow_none=True, dump_default=None)
    cancel_until = Timestamp(allow_none=True, dump_default=None, metadata={"description": CANCEL_UNTIL})
    venue = fields.String(allow_none=True)
    timezone = fields.String()
    status = Choice("EventStatus", STATUSES)
    currency = fields.String()
    total_tickets = fields.Integer()
    available_tickets = fields.Integer()
    max_per_booking = fields.Integer()
    max_per_customer = fields.Integer(allow_none=True)
    ticket_types = fields.List(fields.Nested(TicketTypeRead))
    category = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    image_url = fields.String(allow_none=True)
    check_in_lists = fields.List(fields.String(), dump_default=DEFAULT_LISTS, metadata={"description": CHECK_IN_LISTS})
    min_price = fields.Integer(metadata={"description": LEAST})
    max_price = fields.Integer(metadata={"description": HIGHEST})
    waitlist_policy = policy(dump_default=FIRST_FIT)
    waitlist = Prepared(EventWaitlist)
    payment = payment_schemas.mode(dump_default=NONE)
    payment_due_hours = payment_schemas.hours(dump_default=DUE_HOURS)
    refund_on_cancel = payment_schemas.refund(dump_default=True)
    organizer = fields.Nested(Organizer)
    created_at = Timestamp()
    updated_at = Timestamp()


class OwnEvent(EventRead):
    """An event with the role in which one works for it."""

    my_role = Choice("EventRole", ROLES, metadata={"description": OWN_ROLE})


EventList = list_schema(EventRead, "EventList", counted=True)
OwnEventList = list_schema(OwnEvent, "OwnEventList")
