"""All tickets of an event as scanners without a network need them, sent while they are read.

A scanner keeps what it gets by `ticket_id`, and compares the SHA-256 of what it scans. The cursor stands for a moment
before the first ticket was read: the number of the event's last change then, and the time. With it, only bookings that
have changed since are read, so whatever happened while an answer was sent is in the next one. A name has no change of
its own; what was named is found by the time, with a margin for clocks that differ.
"""

import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

import orjson
from bson import ObjectId

from ..accounts.names import AccountNames
from ..bookings.model import Booking
from ..bookings.ticket_reader import TicketReader
from ..bookings.transfers import hash_of
from ..clock import rfc3339
from ..errors import ValidationFailed
from ..events.change_store import ChangeStore
from ..events.model import Event
from ..events.permissions import SCANNER
from ..events.reader import EventReader
from ..storage.deadline import deadline
from ..storage.sort import Page, Position
from . import rules

PAGE = 200  # bookings that are read at once, each of at most 100 tickets
MOST_AT_ONCE = 8  # each occupies a thread until its reader has it
PATIENCE_SECONDS = 1.0
MOST_PAGES_SECONDS = 5  # times the seconds of a page: how long a snapshot may take
MARGIN = timedelta(minutes=2)  # that clocks may differ by, and a transaction may last
CURSOR = re.compile(r"(\d{1,15})-(\d{1,15})", re.ASCII)


class SnapshotCut(Exception):
    """A snapshot took too long, or changes are gone: it ends in the middle, and is to be seen as cut."""


class Moment(NamedTuple):
    """What a cursor stands for."""

    sequence: int
    time: datetime

    @classmethod
    def of(cls, cursor: str) -> "Moment":
        """Return the moment of a cursor; raises `ValidationFailed`."""
        found = CURSOR.fullmatch(cursor)
        try:
            return cls(int(found[1]), datetime.fromtimestamp(int(found[2]) / 1000, UTC)) if found else _refuse()
        except (OverflowError, ValueError, OSError):
            return _refuse()

    def __str__(self) -> str:
        return f"{self.sequence}-{int(self.time.timestamp() * 1000)}"


class Snapshots:
    """Makes snapshots, part by part: `MOST_AT_ONCE` in a process. Each of their pages may take `page_seconds`."""

    def __init__(
        self,
        tickets: TicketReader,
        changes: ChangeStore,
        events: EventReader,
        names: AccountNames,
        *,
        clock: Callable[[], datetime],
        page_seconds: float,
    ):
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._tickets = tickets
        self._changes = changes
        self._events = events
        self._names = names
        self._clock = clock
        self._page_seconds = page_seconds

    def make(self, event_id: ObjectId, caller_id: ObjectId, name: str | None, since: str | None) -> Generator[bytes]:
        """Return the parts of a JSON document with the tickets of an event, or those that changed since a cursor.

        A cursor that is older than the changes which are kept stands for none: then all tickets are sent. Raises
        `EventNotFound`, `NotYourEvent`, and `ValidationFailed` for a list or a cursor that the event has not.
        """
        event = self._events.require(SCANNER, event_id, caller_id)
        in_list = rules.list_named(name, event)
        before = Moment.of(since) if since is not None else None
        now = Moment(event.get("sequence", 0), self._clock())
        if before is not None and before.sequence > now.sequence:
            _refuse()
        return self._parts(event, in_list, before, now)

    def _parts(self, event: Event, in_list: str, before: Moment | None, now: Moment) -> Generator[bytes]:
        if not self._room.acquire(timeout=PATIENCE_SECONDS):
            raise rules.SnapshotsBusy
        try:
            yield from self._items(event, in_list, before, now)
        finally:
            self._room.release()

    def _items(self, event: Event, in_list: str, before: Moment | None, now: Moment) -> Generator[bytes]:
        began = time.monotonic()
        yield b'{"items":['
        separator = b""
        for bookings in self._changed(event, before) if before and self._reaches(event, before) else self._all(event):
            if time.monotonic() - began > MOST_PAGES_SECONDS * self._page_seconds:
                raise SnapshotCut
            with deadline(self._page_seconds):
                names = self._names.of(_unnamed(bookings))
            items = [orjson.dumps(_item(booking, ticket, event, in_list, names)) for booking, ticket in _each(bookings)]
            if items:
                yield separator + b",".join(items)
                separator = b","
        yield b'],"cursor":"%s"}' % str(now).encode()

    def _reaches(self, event: Event, before: Moment) -> bool:
        """Return whether all changes since then are kept."""
        oldest = self._changes.oldest(event["_id"])
        return before.sequence == event.get("sequence", 0) or (oldest is not None and oldest <= before.sequence + 1)

    def _all(self, event: Event) -> Iterator[list[Booking]]:
        return self._pages(lambda after: self._tickets.page(event["_id"], PAGE, after))

    def _pages(self, read: Callable[[Position | None], Page[Booking]]) -> Iterator[list[Booking]]:
        after = None
        while True:
            with deadline(self._page_seconds):
                page = read(after)
            yield page.items
            after = page.end
            if after is None:
                return

    def _changed(self, event: Event, before: Moment) -> Iterator[list[Booking]]:
        """Yield the bookings that have changed; one that has changed often may be there twice."""
        at = before.sequence
        while True:
            with deadline(self._page_seconds):
                changes = self._changes.read(event["_id"], at, PAGE)
                ids = dict.fromkeys(_bookings_of(each.change["data"] for each in changes))
                bookings = self._tickets.of_bookings(list(ids)) if ids else []
            if not changes:
                break
            if changes[0].sequence != at + 1:  # MongoDB has just deleted those that are too old
                raise SnapshotCut
            yield bookings  # outside of the deadline, which would go on while the answer is sent
            at = changes[-1].sequence
        yield from self._pages(lambda after: self._tickets.named_since(event["_id"], before.time - MARGIN, PAGE, after))


def _refuse() -> NoReturn:
    raise ValidationFailed({"since": ["Is not a cursor of this event's snapshots."]})


def _bookings_of(data: Iterable[dict[str, Any]]) -> Iterator[ObjectId]:
    for each in data:
        if "booking" in each:
            yield each["booking"]["id"]
        elif "ticket" in each:
            yield each["ticket"]["booking_id"]


def _each(bookings: Iterable[Booking]) -> Iterator[tuple[Booking, Any]]:
    return ((booking, ticket) for booking in bookings for ticket in booking["tickets"])


def _unnamed(bookings: Iterable[Booking]) -> set[ObjectId]:
    return {booking["customer_id"] for booking, ticket in _each(bookings) if not ticket.get("attendee_name")}


def _item(booking: Booking, ticket: Any, event: Event, in_list: str, names: dict[ObjectId, str]) -> dict[str, Any]:
    check_in = rules.check_in_of(ticket, in_list)
    return {
        "code_sha256": hash_of(ticket["code"]),
        "ticket_id": str(ticket["_id"]),
        "ticket_type": ticket["ticket_type"],
        "attendee_name": ticket.get("attendee_name") or names.get(booking["customer_id"]),
        "status": rules.status_at_door(booking, ticket, event),
        "checked_in_at": check_in and rfc3339(check_in["at"]),
    }
