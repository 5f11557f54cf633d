"""Examples of every type of message, made as the real ones are: of an event and a booking that stand in `/docs`.

They are for tests of receivers, and have the number 0.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..accounts.examples import CARL, OLGA
from ..bookings import examples as bookings
from ..bookings.changes import BOOKING_TYPES, of_booking, of_transfer
from ..bookings.facts import BOOKING_CANCELLED, BOOKING_EXPIRED, BOOKING_HELD, TICKET_TRANSFERRED, OfBooking
from ..bookings.model import Booking, Ticket
from ..check_ins.changes import CHECK_IN_TYPES, of_check_in
from ..events import examples as events
from ..events.changes import (
    BY_SYSTEM,
    EVENT_CANCELLED,
    EVENT_CREATED,
    EVENT_PUBLISHED,
    EVENT_TYPES,
    EVENT_UPDATED,
    Change,
    Numbered,
    by,
    of_event,
)
from ..events.model import Event
from ..feed.envelopes import envelope
from ..jobs.facts import Fact
from . import sale_samples

ORGANIZER, CUSTOMER = ObjectId(str(OLGA["id"])), ObjectId(str(CARL["id"]))
STATUS = {EVENT_CREATED: "draft", EVENT_CANCELLED: "cancelled"}  # of an event, if it is not published
CHANGED = {EVENT_UPDATED: ["venue"], EVENT_PUBLISHED: ["status"], EVENT_CANCELLED: ["status"]}
_TICKET = (
    cast(Booking, {"_id": ObjectId(bookings.BOOKING["id"]), "status": "confirmed"}),
    cast(Ticket, {"_id": ObjectId(bookings.BOOKING["tickets"][0]["id"])}),
)  # a booking with one of its tickets
OF_HOLDS = {BOOKING_HELD.name: "held", BOOKING_EXPIRED.name: "expired"}


def message(kind: str, message_id: ObjectId, now: datetime) -> dict[str, Any]:
    """Return a message of this type, as JSON has it."""
    change = MAKE[kind](kind)
    change["_id"] = message_id
    return envelope(Numbered(0, now, ORGANIZER, ObjectId(events.EVENT["id"]), change))


def _of_event(kind: str) -> Change:
    shown = events.EVENT | {
        "_id": ObjectId(events.EVENT["id"]),
        "version": 2 if kind in CHANGED else 1,
        "status": STATUS.get(kind, "published"),
        "date": datetime.fromisoformat(events.EVENT["date"]),
    }
    return of_event(kind, cast(Event, shown), ORGANIZER, CHANGED.get(kind, ()))


def _of_booking(kind: str) -> Change:
    source = bookings.HELD if kind in OF_HOLDS else bookings.BOOKING
    status = OF_HOLDS.get(kind) or ("cancelled" if kind == BOOKING_CANCELLED.name else "confirmed")
    ends = source["hold_expires_at"] and datetime.fromisoformat(source["hold_expires_at"])
    shown = source | {"_id": ObjectId(source["id"]), "status": status, "hold_expires_at": ends}
    actor = BY_SYSTEM if kind == BOOKING_EXPIRED.name else by(CUSTOMER)
    return of_booking(Fact[OfBooking](kind), cast(Booking, shown), actor)


def _of_transfer(_kind: str) -> Change:
    return of_transfer(*_TICKET, by(CUSTOMER))


def _of_check_in(kind: str) -> Change:
    at = datetime.fromisoformat(events.EVENT["date"])
    return of_check_in(kind, *_TICKET, "main", at, by(ORGANIZER))


MAKE: dict[str, Callable[[str], Change]] = {
    **dict.fromkeys(EVENT_TYPES, _of_event),
    **dict.fromkeys(BOOKING_TYPES, _of_booking),
    TICKET_TRANSFERRED.name: _of_transfer,
    **dict.fromkeys(CHECK_IN_TYPES, _of_check_in),
    **sale_samples.MAKE,
}
