"""The shapes of check-ins."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ..bookings.tickets import TICKET_STATUSES
from ..events.schemas import LONGEST_LIST_NAME
from ..http.fields import Arguments, BoundedList, Choice, Id, Representation, Text, Timestamp
from ..http.pagination import list_schema
from .rules import OUTCOMES, REPLAYED

LONGEST_READ = 500  # characters that a scanner has read
LONGEST_NONCE = LONGEST_DEVICE = 100
MOST_SCANS = 500
CODE = "What the scanner has read: the code of the ticket, or its address."
TICKET_ID = "In place of a `code`: the ticket of a guest who cannot show it."
SCANNED_AT = (
    "When the device has scanned it, if that was before now; at most 5 minutes ahead. A time three years or more before"
    " the ticket was booked is that of a clock that was reset: then it counts when the scan arrives."
)
NONCE = "Random, new for each scan: the same again is answered as before, and is not a second scan."
LIST = "Which of the event's `check_in_lists`; the first if it is left out."
DEVICE = "What the device is called, for the log. Scans of one device are told from those of others by it."
RESULT = (
    "`created`: let in. `replayed`: the nonce was sent before, and the ticket was let in then. `duplicate`: scanned"
    " before by the same caller and device. `conflict`: scanned by another before; the earlier `scanned_at` counts."
    " `refused`: see `code`."
)
CURSOR = "What to send as `since` for what has changed after this."


def _list_name(**options: Any) -> Text:
    return Text(least=1, most=LONGEST_LIST_NAME, load_default=None, metadata={"description": LIST}, **options)


class CheckInBody(Arguments):
    """A scan."""

    code = Text(least=1, most=LONGEST_READ, multiline=True, metadata={"description": CODE})
    ticket_id = Id(metadata={"description": TICKET_ID})
    scanned_at = Timestamp(load_default=None, allow_none=True, metadata={"description": SCANNED_AT})
    nonce = Text(least=1, most=LONGEST_NONCE, load_default=None, allow_none=True, metadata={"description": NONCE})
    list = _list_name(allow_none=True)
    device = Text(least=1, most=LONGEST_DEVICE, load_default=None, allow_none=True, metadata={"description": DEVICE})

    @validates_schema
    def require_one_ticket(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a scan of no ticket, or of two."""
        if ("code" in data) == ("ticket_id" in data):
            raise ValidationError("Give either a code or a ticket_id.")


class BulkCheckInBody(Arguments):
    """The scans of a device, in the order in which they were made."""

    check_ins = BoundedList(fields.Nested(CheckInBody), least=1, most=MOST_SCANS, required=True)


class ListQuery(Arguments):
    """Which list is meant."""

    list = _list_name()


class SnapshotQuery(ListQuery):
    """Which list is meant, and since when."""

    since = Text(least=1, most=40, load_default=None, metadata={"description": "The `cursor` of a snapshot before."})


class ScannedTicket(Representation):
    """The ticket that was scanned."""

    id = Id(attribute="_id")
    ticket_type = fields.String(allow_none=True)


class ScannedAttendee(Representation):
    """Who comes with it: its attendee if that was said, else who has booked it."""

    name = fields.String(allow_none=True)


class CheckInRead(Representation):
    """A ticket that is let in."""

    ticket = fields.Nested(ScannedTicket)
    attendee = fields.Nested(ScannedAttendee)
    list = fields.String()
    checked_in_at = Timestamp()


class BulkResult(Representation):
    """What has become of a scan."""

    result = Choice("CheckInResult", [*OUTCOMES, REPLAYED], metadata={"description": RESULT})
    code = fields.String(metadata={"description": "Of the problem, if it was refused."})
    checked_in_at = Timestamp(metadata={"description": "When the ticket was let in, unless it was refused."})

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Leave what depends on the result optional."""
        field_obj.required = field_name == "result"


class BulkCheckInRead(Representation):
    """One result for each scan, in their order."""

    results = fields.List(fields.Nested(BulkResult))


class Person(Representation):
    """An account, with its present name; null if the account is gone."""

    id = Id(attribute="_id")
    name = fields.String(allow_none=True)


class ScanRead(Representation):
    """A scan in the log."""

    id = Id(attribute="_id")
    at = Timestamp(metadata={"description": "When it arrived."})
    scanned_at = Timestamp(metadata={"description": "When the device has made it, as far as it said so."})
    list = fields.String()
    outcome = Choice("ScanOutcome", OUTCOMES)
    code = fields.String(allow_none=True, metadata={"description": "Of the problem, if it was refused."})
    ticket_id = Id(allow_none=True, metadata={"description": "Null if no ticket of this event was found."})
    ticket_type = fields.String(allow_none=True)
    by = fields.Nested(Person)
    key_id = Id(allow_none=True, metadata={"description": "The API key that was used, if one was."})
    device = fields.String(allow_none=True)
    undone_at = Timestamp(allow_none=True, dump_default=None)
    undone_by = fields.Nested(Person, allow_none=True)


ScanList = list_schema(ScanRead, "ScanList")


class SnapshotItem(Representation):
    """A ticket without its code."""

    code_sha256 = fields.String(metadata={"description": "The SHA-256 of its code, in hexadecimal digits."})
    ticket_id = Id()
    ticket_type = fields.String(allow_none=True)
    attendee_name = fields.String(allow_none=True)
    status = Choice("TicketStatus", TICKET_STATUSES)
    checked_in_at = Timestamp(allow_none=True, metadata={"description": "When it was let in by this list."})


class Snapshot(Representation):
    """Tickets of an event. A ticket may be there twice: keep the later by its `ticket_id`."""

    items = fields.List(fields.Nested(SnapshotItem))
    cursor = fields.String(metadata={"description": CURSOR})
