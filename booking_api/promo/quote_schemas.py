"""The shapes of quotes."""

from typing import Any

from marshmallow import fields, post_load

from ..bookings.schemas import BookingCreate
from ..http.fields import Id, Representation
from ..money import MINOR_UNITS

SAME = "May be left out; otherwise that of the path."


class QuoteRequest(BookingCreate):
    """An order that is not placed: only what it would cost is answered."""

    event_id = Id(load_default=None, metadata={"description": SAME})

    @post_load
    def make_lines(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return the order as `BookingCreate` has it."""
        order: dict[str, Any] = super().make_lines(data, **kwargs)
        return order


class QuoteItem(Representation):
    """A line of an order."""

    ticket_type_id = Id(allow_none=True)
    name = fields.String(allow_none=True)
    quantity = fields.Integer()
    price = fields.Integer(metadata={"description": f"Of each ticket, without a code. {MINOR_UNITS}"})
    discount = fields.Integer(metadata={"description": f"Taken off all tickets of the line together. {MINOR_UNITS}"})
    amount = fields.Integer(metadata={"description": f"What all tickets of the line cost together. {MINOR_UNITS}"})


class Quote(Representation):
    """What an order would cost now."""

    items = fields.List(fields.Nested(QuoteItem))
    discount = fields.Integer(metadata={"description": f"What the code takes off in all. {MINOR_UNITS}"})
    amount = fields.Integer(metadata={"description": f"The sum. {MINOR_UNITS}"})
    currency = fields.String()
