"""The shapes of what changes a booking."""

from typing import Any

from bson import ObjectId
from marshmallow import ValidationError, post_load, validates

from ..http.fields import Arguments, BoundedList, Id, Representation, Text
from .schemas import MOST_TICKETS


class BookingCancel(Arguments):
    """The optional body for cancelling a booking."""

    ticket_ids = BoundedList(
        Id(),
        least=1,
        most=MOST_TICKETS,
        load_default=None,
        allow_none=False,  # lest a mistake for a list cancels the whole booking
        metadata={"description": "Cancel only these tickets of the booking.", "uniqueItems": True},
    )

    @validates("ticket_ids")
    def require_distinct(self, ticket_ids: list[ObjectId] | None, **_kwargs: Any) -> None:
        """Raise `ValidationError` for a ticket that is named twice."""
        if ticket_ids is not None and len(ticket_ids) != len(set(ticket_ids)):
            raise ValidationError("A ticket is in the list twice.")

    @post_load
    def freeze(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the ids as a set."""
        ticket_ids = data["ticket_ids"]
        return {"ticket_ids": None if ticket_ids is None else frozenset(ticket_ids)}


class StaffCancel(Arguments):
    """The optional body for cancelling a booking of one's event."""

    reason = Text(most=1000, multiline=True, load_default=None, allow_none=True)


class ConfirmationRequested(Representation):
    """An empty answer: the mail goes out in the background."""
