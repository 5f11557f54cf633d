"""The shapes of changes, in the feed and in webhooks alike."""

from marshmallow import fields, validate

from ..bookings.changes import BOOKING_TYPES, TICKET_TYPES
from ..bookings.rules import STATUSES as BOOKING_STATUSES
from ..bookings.tickets import TICKET_STATUSES
from ..check_ins.changes import CHECK_IN_TYPES
from ..events.changes import ACTOR_TYPES, EVENT_TYPES
from ..events.rules import STATUSES as EVENT_STATUSES
from ..http.fields import Choice, Id, QueryInteger, Representation, Timestamp
from ..http.pagination import LimitQuery
from ..money import MINOR_UNITS
from ..payments.changes import PAYMENT_TYPES
from ..payments.refund_changes import REFUND_TYPES
from ..payments.rules import STATUSES as PAYMENT_STATUSES
from ..waitlist.changes import WAITLIST_TYPES
from ..waitlist.rules import STATUSES as WAITLIST_STATUSES

MONEY_TYPES = (*PAYMENT_TYPES, *REFUND_TYPES)
TYPES = (*EVENT_TYPES, *BOOKING_TYPES, *TICKET_TYPES, *CHECK_IN_TYPES, *WAITLIST_TYPES, *MONEY_TYPES)
HIGHEST_SEQUENCE = 2**53 - 1  # which every JSON parser reads exactly
APART = "The tickets that were cancelled, if the booking goes on without them."
LEFT = "What the booking costs after a refund, which has lowered it if its tickets stay valid."
CHANGED = "The fields that have other values than before; empty for what is new or gone."


class Actor(Representation):
    """Who made a change: an account by its `id`, the service itself when a time was over, or its operator."""

    type = Choice("ActorType", ACTOR_TYPES)
    id = Id(allow_none=True)


class ChangedEvent(Representation):
    """An event as a change has left it. The rest of it is to be read at its address."""

    id = Id()
    status = Choice("EventStatus", EVENT_STATUSES)
    version = fields.Integer(metadata={"description": "Counts its edits."})
    date = Timestamp()
    total_tickets = fields.Integer()
    available_tickets = fields.Integer()
    changed = fields.List(fields.String(), metadata={"description": CHANGED})


class ChangedItem(Representation):
    """A line of a booking."""

    ticket_type_id = Id(allow_none=True)
    quantity = fields.Integer()
    price = fields.Integer(metadata={"description": f"Of each ticket. {MINOR_UNITS}"})


class ChangedBooking(Representation):
    """A booking as a change has left it."""

    id = Id()
    status = Choice("BookingStatus", BOOKING_STATUSES)
    quantity = fields.Integer()
    items = fields.List(fields.Nested(ChangedItem))
    amount = fields.Integer(metadata={"description": f"The sum. {MINOR_UNITS}"})
    currency = fields.String()
    hold_expires_at = Timestamp(allow_none=True)


class ChangedTicket(Representation):
    """A ticket as a change has left it."""

    id = Id()
    booking_id = Id()
    status = Choice("TicketStatus", TICKET_STATUSES)
    list = fields.String(metadata={"description": "By which check-in list it came in, or was taken out again."})
    checked_in_at = Timestamp(metadata={"description": "When it came in."})

    def on_bind_field(self, field_name: str, field_obj: fields.Field[object]) -> None:
        """Leave out what only check-ins have."""
        field_obj.required = field_name not in ("list", "checked_in_at")


class ChangedEntry(Representation):
    """A place on the waiting list as a change has left it."""

    id = Id()
    status = Choice("WaitlistStatus", WAITLIST_STATUSES)
    quantity = fields.Integer()
    min_quantity = fields.Integer()
    ticket_type_id = Id(allow_none=True)
    booking_id = Id(allow_none=True)
    offer_expires_at = Timestamp(allow_none=True)


class ChangedPayment(Representation):
    """A payment as a change has left it. Of `payment.refunded`, `amount` is what went back with this change alone."""

    id = Id()
    booking_id = Id()
    status = Choice("PaymentAttemptStatus", PAYMENT_STATUSES)
    amount = fields.Integer(metadata={"description": MINOR_UNITS})
    currency = fields.String()
    booking_amount = fields.Integer(metadata={"description": f"{LEFT} {MINOR_UNITS}"})

    def on_bind_field(self, field_name: str, field_obj: fields.Field[object]) -> None:
        """Leave out what only refunds have."""
        field_obj.required = field_name != "booking_amount"


class ChangeData(Representation):
    """What has changed, and who did it: ids, states, quantities and amounts, and never a name, an address or a code."""

    event = fields.Nested(ChangedEvent)
    booking = fields.Nested(ChangedBooking)
    ticket = fields.Nested(ChangedTicket)
    waitlist = fields.Nested(ChangedEntry)
    payment = fields.Nested(ChangedPayment)
    cancelled_ticket_ids = fields.List(Id(), metadata={"description": APART})
    actor = fields.Nested(Actor)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[object]) -> None:
        """Leave what the change is not about optional."""
        field_obj.required = field_name == "actor"


class ChangeRead(Representation):
    """A change; `sequence` counts from 1 within each event, without a gap and in the order of the commits."""

    id = Id()
    type = Choice("ChangeType", TYPES)
    timestamp = Timestamp()
    event_id = Id()
    sequence = fields.Integer()
    data = fields.Nested(ChangeData)


class ChangesQuery(LimitQuery):
    """Where to go on in a feed."""

    after = QueryInteger(
        validate=validate.Range(0, HIGHEST_SEQUENCE),
        metadata={"description": "`next_after` of the page before; without it the page begins with the oldest change."},
    )


class ChangeList(Representation):
    """A page of a feed."""

    items = fields.List(fields.Nested(ChangeRead))
    next_after = fields.Integer(metadata={"description": "What to send as `after` for the changes that follow."})
    oldest = fields.Integer(metadata={"description": "The number of the oldest change that is kept, or of the next."})
