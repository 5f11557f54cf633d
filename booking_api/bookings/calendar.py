"""Bookings as calendar entries, which follow what becomes of a booking and of its event. Pure."""

from collections.abc import Sequence

from ..events.calendar import CANCELLED_ENTRY, CONFIRMED_ENTRY, TENTATIVE_ENTRY, Calendar, Entry, Publisher, uid
from ..events.model import Event
from ..events.names import of_event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..plain_names import unlinked
from .model import Booking
from .rules import CONFIRMED, EXPIRED, HELD

MOST_OF_A_GUEST = 50  # entries of an event in one calendar
STATUSES = {CONFIRMED: CONFIRMED_ENTRY, HELD: TENTATIVE_ENTRY}


def of_bookings(publisher: Publisher, event: Event, bookings: Sequence[Booking]) -> Calendar:
    """Return a calendar with an entry for each of these bookings of an event, which has its `organizer`."""
    event = _as_in_mails(event)
    return Calendar([_entry(booking, event) for booking in bookings], publisher)


def _entry(booking: Booking, event: Event) -> Entry:
    """Return the entry of a booking: of its own, since a customer may have two bookings of an event and cancel one.

    Neither version ever falls, so their sum grows with each change of either.
    """
    is_on = event["status"] != EVENT_CANCELLED
    status = STATUSES.get(booking["status"], CANCELLED_ENTRY) if is_on else CANCELLED_ENTRY
    times = [event["updated_at"], booking["created_at"], booking["cancelled_at"]]
    if booking["status"] == EXPIRED:
        times.append(booking["hold_expires_at"])
    changed_at = max(moment for moment in times if moment is not None)
    sequence = event["version"] + booking["version"]
    return Entry(uid(booking), sequence, status, booking["created_at"], changed_at, event)


def _as_in_mails(event: Event) -> Event:
    # Mails have these entries attached, and a download is to be the same entry.
    organizer = event.get("organizer")
    return {**of_event(event), "organizer": organizer and {**organizer, "name": unlinked(organizer["name"])}}
