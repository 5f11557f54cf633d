"""The audit of the feed: its numbers have no gap, and it says of bookings what they are. Only reads, in snapshots.

It is whole if it begins with the making of the event: then it must tell of every booking. Otherwise older changes are
no longer kept, or an older version has made the event, and only the bookings that it tells of are compared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..bookings.facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD
from ..bookings.reader import BookingReader
from ..bookings.rules import CANCELLED, CONFIRMED, EXPIRED, HELD
from ..check_ins.changes import CHECK_IN_TYPES, TICKET_CHECK_IN_UNDONE, TICKET_CHECKED_IN
from ..events.change_store import KEPT, ChangeStore
from ..events.changes import EVENT_CREATED, Change, Changes
from ..events.model import Event
from ..events.reader import EventReader
from ..payments.facts import PAYMENT_REFUNDED
from ..storage.client import Transactions

COMPARED = ("status", "quantity")
EXPIRY_GRACE = timedelta(days=1)  # MongoDB may delete what is too old late, but never early
FOLLOWS: dict[str, tuple[str | None, ...]] = {
    BOOKING_HELD.name: (None,),
    BOOKING_CONFIRMED.name: (None, "held", "expired"),  # the last if it was paid late, and there were tickets left
    BOOKING_CANCELLED.name: ("held", "confirmed"),
    BOOKING_EXPIRED.name: ("held",),
}  # which status a booking had before each change; None if it was new
LEADS_TO = {
    BOOKING_HELD.name: HELD,
    BOOKING_CONFIRMED.name: CONFIRMED,
    BOOKING_CANCELLED.name: CANCELLED,
    BOOKING_EXPIRED.name: EXPIRED,
}  # which it has after it; it stays confirmed if only some of its tickets are cancelled


@dataclass
class Told:
    """What a feed tells: what each booking was last, the number of the last change, and what contradicts itself."""

    bookings: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)
    last: int | None = None
    whole: bool = False
    lists: set[str] = field(default_factory=set)  # by which tickets have come in
    contradictions: list[str] = field(default_factory=list)
    cancelled_tickets: set[ObjectId] = field(default_factory=set)  # of bookings that went on without them
    checked_in: set[tuple[ObjectId, str]] = field(default_factory=set)  # tickets, each with a list by which it is in
    refunded: set[ObjectId] = field(default_factory=set)  # bookings of which an older version told no amount then

    def is_told(self, booking: Mapping[str, Any]) -> bool:
        """Return whether the feed tells of a booking what it is; True if it need not tell of it at all."""
        said = self.bookings.get(booking["_id"])
        if said is None:
            return not self.whole
        # A refund lowers the amount of its booking, and is told when the money has gone back.
        refunded = booking["_id"] in self.refunded or (booking.get("payment") or {}).get("owed")
        if booking["amount"] != said["amount"] and not (refunded and booking["amount"] < said["amount"]):
            return False
        return all(said[name] == booking[name] for name in COMPARED) and (not self.whole or self._is_in(booking))

    def _is_in(self, booking: Mapping[str, Any]) -> bool:
        """Return whether those of a booking's tickets are in that the feed says so of, and no others."""
        return all(
            {each["list"] for each in ticket.get("check_ins", [])}
            == {name for name in self.lists if (ticket["_id"], name) in self.checked_in}
            for ticket in booking["tickets"]
        )


class FeedAudit:
    """Compares each event's feed with its counter and its bookings."""

    def __init__(
        self,
        changes: ChangeStore,
        bookings: BookingReader,
        events: EventReader,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._changes = changes
        self._bookings = bookings
        self._events = events
        self._transactions = transactions
        self._clock = clock

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of each event, a list that may be empty."""
        for event, feed, bookings in self._walk():
            found = faults(event, feed, bookings, self._clock())
            yield [f"event {event['_id']}: {fault}" for fault in found]

    def behind(self) -> Iterator[ObjectId]:
        """Yield the ids of events whose feeds do not tell what their bookings are."""
        for event, feed, bookings in self._walk():
            told = follow(feed)
            if any(not told.is_told(booking) for booking in bookings):
                yield event["_id"]

    def compare(self, event_id: ObjectId, session: ClientSession | None) -> tuple[Told, list[ObjectId]]:
        """Return what the feed of an event tells, and the bookings that it does not tell of as they are."""
        told = follow(self._changes.of_events([event_id], session))
        states = self._bookings.states([event_id], session)
        return told, [booking["_id"] for booking in states if not told.is_told(booking)]

    def _walk(self) -> Iterator[tuple[Event, Iterable[Changes], Iterable[dict[str, Any]]]]:
        for events, session in self._events.in_snapshots(self._transactions):
            ids = [event["_id"] for event in events]
            feeds = _by_event(self._changes.of_events(ids, session))
            bookings = _by_event(self._bookings.states(ids, session))
            for event_id, event in zip(ids, events, strict=True):  # in the order of the ids, like the other two
                yield event, feeds(event_id), bookings(event_id)


def follow(feed: Iterable[Changes]) -> Told:
    """Return what a feed tells, given its rows in order."""
    told = Told()
    for row in feed:
        if told.last is None:
            told.whole = row["first"] == 1 and row["changes"][0]["type"] == EVENT_CREATED
        if row["last"] - row["first"] + 1 != len(row["changes"]) or told.last not in (None, row["first"] - 1):
            told.contradictions.append(f"change {row['first']} follows change {told.last}")
        told.last = row["last"]
        for number, change in enumerate(row["changes"], row["first"]):
            if "booking" in change["data"]:
                _follow_booking(told, number, change)
            elif "ticket" in change["data"]:
                _follow_ticket(told, number, change["type"], change["data"]["ticket"])
            elif change["type"] == PAYMENT_REFUNDED.name:
                _follow_refund(told, change["data"]["payment"])
    return told


def _follow_booking(told: Told, number: int, change: Change) -> None:
    booking, apart = change["data"]["booking"], change["data"].get("cancelled_ticket_ids", [])
    before = told.bookings.get(booking["id"])
    if (before or told.whole) and (before and before["status"]) not in FOLLOWS[change["type"]]:
        was = before and before["status"]
        told.contradictions.append(f"change {number} is {change['type']} of a booking that was {was}")
    elif before and before["quantity"] != booking["quantity"] + len(apart):
        fewer = before["quantity"] - booking["quantity"]
        told.contradictions.append(f"change {number} names {len(apart)} tickets, and leaves {fewer} fewer")
    elif booking["status"] != (CONFIRMED if apart else LEADS_TO[change["type"]]):
        told.contradictions.append(f"change {number} is {change['type']} of a booking that is {booking['status']}")
    elif again := told.cancelled_tickets.intersection(apart):
        told.contradictions.append(f"change {number} cancels {len(again)} tickets for a second time")
    told.cancelled_tickets.update(apart)
    told.bookings[booking["id"]] = booking


def _follow_ticket(told: Told, number: int, kind: str, ticket: Mapping[str, Any]) -> None:
    booking = told.bookings.get(ticket["booking_id"])
    was = booking and booking["status"]
    # What came in before can be undone after the booking was cancelled with the event.
    right = (CONFIRMED, CANCELLED) if kind == TICKET_CHECK_IN_UNDONE else (CONFIRMED,)
    if (booking or told.whole) and was not in right:
        told.contradictions.append(f"change {number} is of a ticket of a booking that was {was}")
    elif ticket["id"] in told.cancelled_tickets:
        told.contradictions.append(f"change {number} is of a ticket that was cancelled")
    if kind in CHECK_IN_TYPES:
        _follow_check_in(told, number, kind, (ticket["id"], ticket["list"]))


def _follow_refund(told: Told, payment: Mapping[str, Any]) -> None:
    booking_id, left = payment["booking_id"], payment.get("booking_amount")
    if left is None:
        told.refunded.add(booking_id)
    elif booking_id in told.bookings:
        told.bookings[booking_id] = told.bookings[booking_id] | {"amount": left}


def _follow_check_in(told: Told, number: int, kind: str, scanned: tuple[ObjectId, str]) -> None:
    told.lists.add(scanned[1])
    if kind == TICKET_CHECKED_IN:
        if scanned in told.checked_in:
            told.contradictions.append(f"change {number} is of a ticket that was in already")
        told.checked_in.add(scanned)
    elif scanned in told.checked_in:
        told.checked_in.remove(scanned)
    elif told.whole:
        told.contradictions.append(f"change {number} is of a ticket that was not in")


def faults(event: Event, feed: Iterable[Changes], bookings: Iterable[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Yield the faults of one event's feed, given its rows in order and the states of its bookings."""
    told = follow(feed)
    yield from told.contradictions
    counted = event.get("sequence", 0)
    recent = now - event["updated_at"] < KEPT - EXPIRY_GRACE
    if told.last != counted and (told.last is not None or (counted and recent)):
        yield f"its last change is {told.last}, and {counted} were counted"
    lost = set(told.bookings)
    untold = 0
    for booking in bookings:
        lost.discard(booking["_id"])
        untold += not told.is_told(booking)
    if untold:
        yield f"its feed does not tell what has become of {untold} bookings"
    if lost:
        yield f"its feed tells of {len(lost)} bookings that do not exist"


def _by_event(rows: Iterator[Any]) -> Callable[[ObjectId], Iterator[Any]]:
    """Return a function that returns the rows of an event; it must be asked in the order in which the rows come."""
    groups = groupby(rows, key=itemgetter("event_id"))
    ahead: list[tuple[ObjectId, Iterator[Any]]] = []

    def rows_of(event_id: ObjectId) -> Iterator[Any]:
        if not ahead:
            ahead.extend([group] if (group := next(groups, None)) else [])
        return ahead.pop()[1] if ahead and ahead[0][0] == event_id else iter(())

    return rows_of
