"""A ticket as its holder sees it."""

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from ..events.model import Event


@dataclass(frozen=True)
class ShownTicket:
    """All that a ticket says, in no language yet; `url` is where it is seen, and what its QR code says.

    `locale` is the language of who has booked it. `holder` is who is to come, as far as that is known. `unpaid` says
    that its booking has to be paid before it is valid.
    """

    id: ObjectId
    code: str
    url: str
    state: str
    event: Event
    holder: str | None
    ticket_type: str | None
    checked_in_at: datetime | None
    locale: str
    unpaid: bool = False
