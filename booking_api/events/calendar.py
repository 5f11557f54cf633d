"""Events as iCalendar files (RFC 5545), to download, to subscribe to, and to attach to mails. Pure.

A calendar program replaces an entry by one with the same UID and a higher SEQUENCE. So a UID never changes, and the
SEQUENCE grows with every change, whichever way the entries arrive (RFC 5546).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import quote

from ..mail_domains import ascii_domain
from .content_lines import file_of, parameter, text, time
from .model import Event
from .rules import CANCELLED, DRAFT

PRODUCT = "-//booking-api//Event Booking API//EN"
CONFIRMED_ENTRY, TENTATIVE_ENTRY, CANCELLED_ENTRY = "CONFIRMED", "TENTATIVE", "CANCELLED"
REFRESH = "PT1H"  # how often subscribers should look for changes
MOST_IN_FEED = 500
LONGEST_IN_FEED = 1000  # characters of a description: 500 of the longest would be 20 MB
ADDRESS_SIGNS = "!$'*+"  # of a local part, that stand in a mailto URI as they are (RFC 6068, section 2)


@dataclass(frozen=True)
class Publisher:
    """Who publishes the entries: an ORGANIZER needs an address, and an organizer's own is shown to nobody.

    `organizer_uri` is that of the service, as a URI; `frontend_url` the shop's pages, if there are any.
    """

    organizer_uri: str
    frontend_url: str | None

    @classmethod
    def of(cls, sender: str, frontend_url: str | None) -> "Publisher":
        """Return the publisher whose mails are from `sender`, an address with or without a name."""
        local, _, domain = parseaddr(sender)[1].rpartition("@")
        try:
            domain = ascii_domain(domain)
        except ValueError:
            domain = quote(domain)
        return cls(f"mailto:{quote(local or 'bookings', safe=ADDRESS_SIGNS)}@{domain or 'localhost'}", frontend_url)

    def page_of(self, event: Event) -> str | None:
        """Return the address of an event's page, or None if there are no pages."""
        return self.frontend_url and f"{self.frontend_url}/events/{event['_id']}"


@dataclass(frozen=True)
class Entry:
    """An entry of a calendar: the event with its names as they are shown, and what has become of it.

    The `organizer` of the event is named if it is present.
    """

    uid: str
    sequence: int
    status: str
    created_at: datetime
    changed_at: datetime
    event: Event


@dataclass(frozen=True)
class Calendar:
    """A calendar file. `name` is what subscribers see; a calendar without one is not to be subscribed to."""

    entries: Sequence[Entry]
    publisher: Publisher
    name: str | None = None

    @property
    def method(self) -> str:
        """What the file does: publish entries, or cancel all of them (RFC 5546, section 3.2)."""
        cancels = all(entry.status == CANCELLED_ENTRY for entry in self.entries)
        return "CANCEL" if self.entries and cancels else "PUBLISH"

    @property
    def filename(self) -> str:
        """What the file is called."""
        return "event.ics" if self.name is None else "events.ics"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer that has this file as its body; the method is the file's (RFC 5545, section 8.1)."""
        return {
            "Content-Type": f"text/calendar; charset=utf-8; method={self.method}",
            "Content-Disposition": f'attachment; filename="{self.filename}"',
        }

    def render(self) -> bytes:
        """Return the file."""
        return file_of(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", f"METHOD:{self.method}")
        if self.name is not None:
            yield from (f"NAME:{text(self.name)}", f"X-WR-CALNAME:{text(self.name)}")  # RFC 7986, and before it
            yield from (f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}")
        for entry in self.entries:
            yield from self._entry(entry)
        yield "END:VCALENDAR"

    def _entry(self, entry: Entry) -> Iterator[str]:
        event = entry.event
        begins, ends, changed = time(event["date"]), event["end_date"], time(entry.changed_at)
        yield from ("BEGIN:VEVENT", f"UID:{entry.uid}", f"SEQUENCE:{entry.sequence}", f"STATUS:{entry.status}")
        # The time of the change and not of this file, so that of two entries the later state has the later stamp, and
        # a file that says the same is the same.
        yield from (f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}", f"CREATED:{time(entry.created_at)}")
        yield f"DTSTART:{begins}"
        if ends and time(ends) > begins:  # to the second it may be no later, and then it must not be there
            yield f"DTEND:{time(ends)}"
        yield f"SUMMARY:{text(event['title'])}"
        if event["venue"]:
            yield f"LOCATION:{text(event['venue'])}"
        if event["description"]:
            yield f"DESCRIPTION:{text(event['description'])}"
        organizer = event.get("organizer")
        common_name = f";CN={parameter(organizer['name'])}" if organizer else ""
        yield f"ORGANIZER{common_name}:{self.publisher.organizer_uri}"
        if page := self.publisher.page_of(event):
            yield f"URL:{page}"
        yield "END:VEVENT"


def uid(document: Mapping[str, object]) -> str:
    """Return the UID of the entry of an event or a booking."""
    return f"{document['_id']}@booking-api"


def of_event(publisher: Publisher, event: Event) -> Calendar:
    """Return the calendar with an event as everybody sees it."""
    return Calendar([_entry_of(event)], publisher)


def feed(publisher: Publisher, name: str, events: Sequence[Event]) -> Calendar:
    """Return a calendar of events to subscribe to; long descriptions are cut."""
    return Calendar([_entry_of(_shortened(event)) for event in events], publisher, name)


def _entry_of(event: Event) -> Entry:
    statuses = {CANCELLED: CANCELLED_ENTRY, DRAFT: TENTATIVE_ENTRY}
    status = statuses.get(event["status"], CONFIRMED_ENTRY)
    return Entry(uid(event), event["version"], status, event["created_at"], event["updated_at"], event)


def _shortened(event: Event) -> Event:
    description = event["description"]
    if len(description) <= LONGEST_IN_FEED:
        return event
    return {**event, "description": description[: LONGEST_IN_FEED - 1] + "…"}
