"""The shapes of messages to guests."""

from marshmallow import fields

from ..http.fields import Arguments, Id, Representation, Text, Timestamp


class GuestMessage(Arguments):
    """What an organizer writes to the guests."""

    subject = Text(least=1, most=150, required=True)
    body = Text(least=1, most=10_000, multiline=True, required=True)


class GuestMessageRead(Representation):
    """A message that is on its way."""

    event_id = Id()
    subject = fields.String()
    body = fields.String()
    created_at = Timestamp()
