"""The shapes of reports."""

from marshmallow import fields

from ..bookings.tickets import TICKET_STATUSES
from ..http.fields import Arguments, Choice, Flag, Id, Representation
from ..money import MINOR_UNITS

CANCELLED = "Tickets that were cancelled, with their bookings or apart. Expired holds do not count."
REVENUE = f"The amount of confirmed bookings. {MINOR_UNITS}"
OF_TYPE = (
    f"What was asked for these tickets, less promo codes; refunds that leave them valid are of no type. {MINOR_UNITS}"
)


class AttendeeQuery(Arguments):
    """The filter of a list of attendees."""

    status = Choice("TicketStatus", TICKET_STATUSES, metadata={"description": "Only tickets in this status."})


class AttendeeCsvQuery(AttendeeQuery):
    """The filter of a list of attendees as CSV, and what reads it."""

    excel = Flag(
        load_default=False, metadata={"description": "`true`: begin with a byte order mark, which Excel asks for."}
    )


class TicketTypeStats(Representation):
    """The numbers of a ticket type; `sold + held + available = total`."""

    ticket_type_id = Id(allow_none=True, metadata={"description": "Null for the implicit type of an event without."})
    name = fields.String(allow_none=True)
    total = fields.Integer()
    sold = fields.Integer()
    held = fields.Integer()
    available = fields.Integer()
    revenue = fields.Integer(metadata={"description": OF_TYPE})


class DayStats(Representation):
    """What was sold on a day."""

    date = fields.String(metadata={"format": "date"})
    sold = fields.Integer()
    revenue = fields.Integer(metadata={"description": REVENUE})


class EventStats(Representation):
    """The numbers of an event, all of one moment: `sold + held + available = total`."""

    total = fields.Integer()
    sold = fields.Integer(metadata={"description": "Tickets of confirmed bookings."})
    held = fields.Integer(metadata={"description": "Tickets of holds."})
    available = fields.Integer()
    cancelled = fields.Integer(metadata={"description": CANCELLED})
    waiting = fields.Integer(metadata={"description": "Tickets that people on the waiting list wait for."})
    offered = fields.Integer(metadata={"description": "Of those held, the tickets that the waiting list has offered."})
    checked_in = fields.Integer()
    revenue = fields.Integer(metadata={"description": REVENUE})
    refunded = fields.Integer(metadata={"description": f"What has gone back to customers. {MINOR_UNITS}"})
    by_ticket_type = fields.List(fields.Nested(TicketTypeStats))
    by_day = fields.List(
        fields.Nested(DayStats),
        metadata={
            "description": "Confirmed tickets by the day on which they were booked, in the event's `timezone`; only "
            "days with sales, the first comes first."
        },
    )
