"""The shapes of events."""

from functools import cache
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields

from .. import money
from ..http.fields import Arguments, Bounded, BoundedList, Choice, Flag, Id, Representation, Text, Timestamp, Whole
from ..http.pagination import PageQuery, list_schema
from .rules import DRAFT, PUBLISHED, STATUSES

NOTIFY = "`false` changes the event without telling its guests; what they are still to be told of is told all the same."
SALE_STARTS = "When the sale of all tickets begins; a ticket type may begin later."
SALE_ENDS = "When the sale of all tickets ends; a ticket type may end sooner."
CANCEL_UNTIL = "Until when customers may cancel; if null, until the event begins. Never after it is over."
SORT_NAMES = ("date", "-date", "created_at", "-created_at", "title")
LONGEST_TIMEZONE = 64  # characters; the longest name has 38
MISSPELT = 20  # characters beyond a code's length up to which the error explains what a code is
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


class TicketTypeEntry(Arguments):
    """A ticket type in an organizer's list: with an `id` it changes that type, without one it is new."""

    id = Id()
    name = Text(least=1, most=100)
    price = Whole(0, 1_000_000_000, metadata={"description": money.MINOR_UNITS})
    total = Whole(0, 1_000_000)
    sale_starts = Timestamp(allow_none=True)
    sale_ends = Timestamp(allow_none=True)
    max_per_booking = Whole(1, 100, allow_none=True)


class NewTicketType(TicketTypeEntry):
    """A ticket type of a new event."""

    class Meta:
        """Ids are left out, because a new event has no types yet."""

        exclude = ("id",)

    name = Text(least=1, most=100, required=True)
    price = Whole(0, 1_000_000_000, required=True, metadata={"description": money.MINOR_UNITS})
    total = Whole(0, 1_000_000, required=True)


class TicketTypeRead(Representation, TicketTypeEntry):
    """A ticket type as everybody sees it."""

    id = Id(attribute="_id")
    available = fields.Integer()


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
    status = Choice("NewEventStatus", [PUBLISHED, DRAFT], load_default=PUBLISHED)


class UpdateQuery(Arguments):
    """How guests are told of a change."""

    notify = Flag(load_default=True, metadata={"description": NOTIFY})


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
    organizer = fields.Nested(Organizer)
    created_at = Timestamp()
    updated_at = Timestamp()


class EventQuery(PageQuery):
    """The filters of the public list."""

    q = Text(least=1, most=200, metadata={"description": "Words that title, description or venue all contain."})
    organizer_id = Id(metadata={"description": "Only this organizer's events."})
    from_ = Timestamp(
        data_key="from",
        metadata={"description": "Only events that are not over before then."},
    )
    to = Timestamp(metadata={"description": "Only events that begin then or earlier."})
    available = Flag(metadata={"description": "`true`: only events with tickets on sale."})
    past = Flag(load_default=False, metadata={"description": "`true`: also events that are over."})
    sort = Choice(
        "EventSort",
        SORT_NAMES,
        load_default="date",
        metadata={"description": "What to sort by; with `-` the latest come first."},
    )


EventList = list_schema(EventRead, "EventList")
