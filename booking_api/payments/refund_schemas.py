"""The shapes of refunds."""

from typing import Any

from bson import ObjectId
from marshmallow import ValidationError, fields, post_load, validates, validates_schema

from ..bookings.schemas import MOST_TICKETS
from ..http.fields import Arguments, BoundedList, Choice, Id, Representation, Text, Timestamp, Whole
from ..http.pagination import list_schema
from ..money import MINOR_UNITS
from .providers.port import REFUND_STATUSES

LARGEST_AMOUNT = 10**12
LONGEST_REASON = 1000
AMOUNT = f"How much goes back; by default all that can. {MINOR_UNITS}"
TICKETS = "What these tickets cost goes back; those that are valid are cancelled."
REASON = "For the organizer's books. The customer hears it if the whole booking is cancelled by `ticket_ids`."
STATUS = (
    "`pending`: the provider was asked to give it back. `failed`: it does not, and the money is still owed. Money that "
    "was handed back by hand has `succeeded` at once."
)
FOR_TICKETS = "The tickets whose price goes back, if it was asked for by them."


class RefundCreate(Arguments):
    """The optional body of a refund."""

    # A null in place of an amount or a list may be a mistake, and without both all goes back.
    amount = Whole(1, LARGEST_AMOUNT, load_default=None, allow_none=False, metadata={"description": AMOUNT})
    ticket_ids = BoundedList(
        Id(),
        least=1,
        most=MOST_TICKETS,
        load_default=None,
        allow_none=False,
        metadata={"description": TICKETS, "uniqueItems": True},
    )
    reason = Text(
        most=LONGEST_REASON, multiline=True, load_default=None, allow_none=True, metadata={"description": REASON}
    )

    @validates("ticket_ids")
    def require_distinct(self, ticket_ids: list[ObjectId] | None, **_kwargs: Any) -> None:
        """Raise `ValidationError` for a ticket that is named twice."""
        if ticket_ids is not None and len(ticket_ids) != len(set(ticket_ids)):
            raise ValidationError("A ticket is in the list twice.")

    @validates_schema
    def require_one_form(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` if there are both an amount and tickets."""
        if data.get("amount") is not None and data.get("ticket_ids") is not None:
            raise ValidationError("Give either amount or ticket_ids.", "amount")

    @post_load
    def freeze(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the ids as a set."""
        ticket_ids = data["ticket_ids"]
        return {**data, "ticket_ids": None if ticket_ids is None else frozenset(ticket_ids)}


class RefundRead(Representation):
    """Money that goes back, or has gone back, of one payment."""

    id = Id(attribute="_id")
    booking_id = Id()
    payment_id = Id()
    status = Choice("RefundStatus", REFUND_STATUSES, metadata={"description": STATUS})
    amount = fields.Integer(metadata={"description": MINOR_UNITS})
    currency = fields.String()
    reason = fields.String(allow_none=True)
    tickets = fields.List(Id(), allow_none=True, metadata={"description": FOR_TICKETS})
    created_at = Timestamp()
    done_at = Timestamp(allow_none=True)


RefundList = list_schema(RefundRead, "RefundList")
