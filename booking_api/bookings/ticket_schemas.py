"""The shapes of who comes with a ticket."""

from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from ..accounts.rules import LONGEST_EMAIL
from ..accounts.schemas import refuse_long_key, refuse_undeliverable, refuse_unprintable
from ..http.fields import Arguments, Email, Text

LONGEST_NAME = 100


def email_field(**options: Any) -> Email:
    """Return a field for an address, as accounts take it."""
    return Email(most=LONGEST_EMAIL, validators=[refuse_unprintable, refuse_long_key, refuse_undeliverable], **options)


class NamedAttendee(Arguments):
    """Somebody who comes."""

    name = Text(least=1, most=LONGEST_NAME, required=True)
    email = email_field(load_default=None, allow_none=True)

    @post_load
    def as_stored(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the fields of a ticket."""
        return {"attendee_name": data["name"], "attendee_email": data["email"]}


class TicketTransferBody(Arguments):
    """To whom a ticket is given."""

    name = Text(least=1, most=LONGEST_NAME, required=True)
    email = email_field(required=True)


class TicketUpdate(Arguments):
    """Who comes with a ticket; null says nothing of them, and what is left out stays."""

    attendee_name = Text(least=1, most=LONGEST_NAME, allow_none=True)
    attendee_email = email_field(allow_none=True)

    @validates_schema
    def require_a_change(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a body that changes nothing."""
        if not data:
            raise ValidationError("Give an attendee_name or an attendee_email.")
