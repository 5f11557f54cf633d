"""What is true of a place on a waiting list when its mail is written, and why a place has ended. Pure."""

from datetime import datetime

from ..bookings.model import Booking
from ..bookings.rules import HELD, is_over
from ..events import waiting
from ..events.model import Event
from ..events.rules import CANCELLED, PUBLISHED
from ..waitlist.model import Entry
from ..waitlist.rules import CLOSED, EXPIRED, OFFERED, WAITING

EVENT_CANCELLED, ENDED, REMOVED, LIMIT, CHANGED = "event_cancelled", "ended", "removed", "limit", "changed"


def is_open(event: Event, now: datetime) -> bool:
    """Return whether people can wait for tickets of an event."""
    return bool(waiting.shown(event, now)["open"])


def still_waits(entry: Entry, event: Event, now: datetime) -> bool:
    """Return whether somebody waits; what cancels an event closes its list a little later."""
    return entry["status"] == WAITING and is_open(event, now)


def is_offer_open(entry: Entry, booking: Booking, event: Event, now: datetime) -> bool:
    """Return whether an offer can be accepted.

    The booking says so, as a process of an older version answers it without knowing of the list.
    """
    answerable = entry["status"] == OFFERED and booking["status"] == HELD and not is_over(booking, now)
    return answerable and event["status"] == PUBLISHED


def was_missed(entry: Entry, event: Event) -> bool:
    """Return whether an offer has expired and it matters: nobody misses tickets for an event that was cancelled."""
    return entry["status"] == EXPIRED and event["status"] == PUBLISHED


def was_closed(entry: Entry) -> bool:
    """Return whether somebody waits no longer because nothing more could be had."""
    return entry["status"] == CLOSED


def why_closed(entry: Entry, event: Event) -> str:
    """Return why an entry was closed, as its event is now; `CHANGED` if an edit has taken the cause away since."""
    type_id = entry["ticket_type_id"]
    if event["status"] == CANCELLED:
        return EVENT_CANCELLED
    if type_id not in waiting.type_ids(event):
        return REMOVED
    if waiting.closes_at(event, type_id) <= entry.get("ended_at", entry["created_at"]):
        return ENDED
    return LIMIT if entry["min_quantity"] > waiting.most_at_once(event, type_id) else CHANGED
