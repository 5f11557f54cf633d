"""The shapes of an event's history."""

from typing import Any

from marshmallow import fields

from ..http.fields import Choice, Id, Representation, Timestamp
from ..http.pagination import list_schema
from ..money import MINOR_UNITS
from . import payment_schemas
from .history import ACTIONS
from .permissions import STAFF_ROLES
from .rules import STATUSES
from .schemas import TicketTypeRead
from .waitlist_schemas import policy

STAFF = "Whom a change of the staff is about, and in which role they worked for the event; null if in none."


class RecordedTicketType(TicketTypeRead):
    """A ticket type as it was; how many were left is not recorded."""

    class Meta:
        """How many are left is left out."""

        exclude = ("available",)


class RecordedStaff(Representation):
    """Somebody who worked for an event, by the id of their account."""

    user_id = Id()
    role = Choice("StaffRole", STAFF_ROLES)


class RecordedEvent(Representation):
    """Some fields of an event, as they were at the time."""

    title = fields.String()
    description = fields.String()
    date = Timestamp()
    end_date = Timestamp(allow_none=True)
    sale_starts = Timestamp(allow_none=True)
    sale_ends = Timestamp(allow_none=True)
    cancel_until = Timestamp(allow_none=True)
    venue = fields.String(allow_none=True)
    timezone = fields.String()
    currency = fields.String()
    total_tickets = fields.Integer()
    max_per_booking = fields.Integer()
    max_per_customer = fields.Integer(allow_none=True)
    ticket_types = fields.List(fields.Nested(RecordedTicketType), metadata={"description": MINOR_UNITS})
    category = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    image_url = fields.String(allow_none=True)
    check_in_lists = fields.List(fields.String())
    waitlist_policy = policy()
    payment = payment_schemas.mode()
    payment_due_hours = payment_schemas.hours()
    refund_on_cancel = payment_schemas.refund()
    status = Choice("EventStatus", STATUSES)
    cancel_reason = fields.String(allow_none=True)
    staff = fields.Nested(RecordedStaff, allow_none=True, metadata={"description": STAFF})

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Leave every field optional: only those that were changed are there."""


class HistoryActor(Representation):
    """Who has changed an event."""

    type = Choice("HistoryActorType", ["user", "operator"])
    id = Id(attribute="_id", allow_none=True, metadata={"description": "Of the account; null for an operator."})
    name = fields.String(
        allow_none=True,
        metadata={"description": "The account's present name; null for an operator, and if the account is gone."},
    )


class HistoryRead(Representation):
    """A change of an event, with the fields whose values it has changed."""

    id = Id(attribute="_id")
    at = Timestamp()
    actor = fields.Nested(HistoryActor)
    action = Choice("HistoryAction", ACTIONS)
    before = fields.Nested(RecordedEvent, allow_none=True, metadata={"description": "Null for `event.created`."})
    after = fields.Nested(RecordedEvent)


HistoryList = list_schema(HistoryRead, "HistoryList")
