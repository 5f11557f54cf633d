"""The shapes of waiting lists."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ..bookings.schemas import MOST_TICKETS, Attendee
from ..http.fields import Arguments, Choice, Id, Representation, Timestamp, Whole
from ..http.pagination import PageQuery, list_schema
from .rules import STATUSES

LEAST = "Take fewer tickets rather than wait on, but at least so many; by default as many as `quantity`."
TYPE = "Which tickets; needed where the event has several types."
POSITION = "Who is first is 1; null unless it is `waiting`. As of the moment of joining, later up to 5 seconds old."
STATUS = (
    "An entry that is `waiting` is `offered` tickets; then it is `accepted` (the booking is confirmed), `declined` or "
    "`expired`. Or its customer has `left`, or it is `closed`: nothing more can be had."
)
BOOKING = "What is offered, or was: a held booking, to be confirmed until `offer_expires_at`."


class WaitlistJoin(Arguments):
    """What somebody waits for."""

    ticket_type_id = Id(load_default=None, allow_none=True, metadata={"description": TYPE})
    quantity = Whole(1, MOST_TICKETS, required=True)
    min_quantity = Whole(1, MOST_TICKETS, metadata={"description": LEAST})

    @validates_schema
    def require_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` if the least is more than what is wanted."""
        if data.get("min_quantity", 0) > data["quantity"]:
            raise ValidationError("Cannot be more than quantity.", "min_quantity")

    @post_load
    def add_least(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return it with `min_quantity`."""
        return {"min_quantity": data["quantity"]} | data


class WaitlistEntry(Representation):
    """A place on a waiting list as its customer sees it."""

    id = Id(attribute="_id")
    event_id = Id()
    quantity = fields.Integer()
    min_quantity = fields.Integer()
    ticket_type_id = Id(allow_none=True)
    position = fields.Integer(allow_none=True, metadata={"description": POSITION})
    status = Choice("WaitlistStatus", STATUSES, metadata={"description": STATUS})
    booking_id = Id(allow_none=True, metadata={"description": BOOKING})
    offer_expires_at = Timestamp(allow_none=True)
    created_at = Timestamp()


class EventWaitlistEntry(WaitlistEntry):
    """A place on a waiting list as who runs the event sees it."""

    customer = fields.Nested(Attendee)


class WaitlistQuery(PageQuery):
    """The filter of an event's waiting list."""

    status = Choice("WaitlistStatus", STATUSES, metadata={"description": "Only entries in this status."})


EventWaitlistEntryList = list_schema(EventWaitlistEntry, "EventWaitlistEntryList")
