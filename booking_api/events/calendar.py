"""An event as an iCalendar file (RFC 5545), which calendar applications can read. Pure."""

import icalendar

from .model import Event
from .rules import CANCELLED

PRODUCT = "-//booking-api//Event Booking API//EN"
CONTENT_TYPE = "text/calendar; charset=utf-8"


def render(event: Event) -> bytes:
    """Return the calendar file of an event.

    Its UID never changes and its SEQUENCE grows with each edit, so that a newer file replaces an older one.
    """
    entry = icalendar.Event()
    entry.add("uid", f"{event['_id']}@booking-api")
    entry.add("sequence", event["version"])
    entry.add("dtstamp", event["updated_at"])
    entry.add("summary", event["title"])
    entry.add("dtstart", event["date"])
    if event["end_date"]:
        entry.add("dtend", event["end_date"])
    if event["venue"]:
        entry.add("location", event["venue"])
    if event["description"]:
        entry.add("description", event["description"])
    entry.add("status", "CANCELLED" if event["status"] == CANCELLED else "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    entry_file: bytes = calendar.to_ical()
    return entry_file
