"""The shapes of messages to guests."""

from typing import Any

from marshmallow import fields

from ..http.fields import Arguments, Id, Representation, Text, Timestamp


class GuestMessage(Arguments):
    """What an organizer writes to the guests."""

    subject = Text(least=1, most=200, required=True)
    body = Text(least=1, most=10_000, multiline=True, required=True)


class MessageId(Id):
    """The id of a message, which is the end of its notice's."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> str:
        """Return the id."""
        return str(obj["_id"].rpartition(":")[2])


class GuestMessageRead(Representation):
    """A message that is on its way."""

    id = MessageId()
    event_id = Id()
    subject = fields.String()
    body = fields.String()
    created_at = Timestamp()
