"""The documents of the `scans` collection, and what a scan asks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, NotRequired, TypedDict

from bson import ObjectId


class Scanner(NamedTuple):
    """Who scans: an account, with an API key if one was used, on a device if that has said its name."""

    user_id: ObjectId
    key_id: ObjectId | None
    device: str | None


@dataclass(frozen=True)
class Scan:
    """One scan: what was read, found or not, and what the device says of it.

    `booking_id` and `ticket_id` are of the ticket that was found for the code or the id, in this event; the code may be
    `revoked`. `subject` is by what two scans are of the same: the id of the ticket, or the hash of what was not found.
    """

    subject: str
    booking_id: ObjectId | None
    ticket_id: ObjectId | None
    code: str | None
    revoked: bool
    list: str | None
    scanned_at: datetime | None
    nonce: str | None
    by: Scanner


class ScanRow(TypedDict):
    """A scan as it is logged: what was asked for, and what was answered.

    `at` is when it was applied, and `scanned_at` when the device says that it was made. `outcome` is one of
    `rules.OUTCOMES`, and `code` that of the problem if it was refused. `holds` is there while the ticket is in by this
    scan, so an index has it once for each ticket and list. `checked_in_at` is what was answered.
    """

    _id: ObjectId
    event_id: ObjectId
    subject: str
    ticket_id: ObjectId | None
    booking_id: ObjectId | None
    ticket_type: str | None
    list: str
    at: datetime
    scanned_at: datetime
    outcome: str
    code: str | None
    checked_in_at: datetime | None
    by: ObjectId
    key_id: ObjectId | None
    device: str | None
    nonce: NotRequired[str]
    holds: NotRequired[Literal[True]]
    undone_at: NotRequired[datetime]
    undone_by: NotRequired[ObjectId]
