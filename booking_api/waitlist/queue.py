"""What one transaction does to the waiting list of an event. Pure: a part of the event's ledger (see `bookings`)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..bookings.ledger import EventLedger
from ..bookings.model import Booking
from ..bookings.rules import HELD
from ..events.model import EventWaitlist
from ..events.stock import Line
from ..events.waiting import NOBODY, waitlist_of
from ..jobs.facts import Fact
from . import rules
from .facts import WAITLIST_CLOSED, WAITLIST_MISSED, OfEntry
from .model import Entry
from .rules import CLOSED, EXPIRED, LEFT, OFFERED, WAITING

MOST_BLOCKS = 50  # that are kept of an entry


@dataclass
class Joined:
    """An entry, and its position if it is known: what an attempt to join has led to."""

    entry: Entry
    position: int | None = None


@dataclass
class Served:
    """What a look through the list has led to: whether there is `more` to be done, and still an event."""

    more: bool = False
    has_event: bool = True


@dataclass
class Queue:
    """The entries of those who ask for something, by customer, those made under their keys, and the changes.

    `missed` are the times at which recent offers to those came to nothing who may be made another one at once.

    `counts` is what the event will keep of its list. The changes are those who have `joined`, the `changed` fields of
    other entries, which `answers` end whose offers have been answered, and `facts`. `due_at` is when a job has to look
    through the list.
    """

    open: dict[ObjectId, Entry] = field(default_factory=dict)
    made: dict[ObjectId, Entry] = field(default_factory=dict)
    missed: dict[ObjectId, list[datetime]] = field(default_factory=dict)
    counts: EventWaitlist = field(default_factory=lambda: cast(EventWaitlist, dict(NOBODY)))
    joined: list[Joined] = field(default_factory=list)
    changed: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)
    answers: dict[ObjectId, str] = field(default_factory=dict)
    facts: list[tuple[Fact[OfEntry], ObjectId]] = field(default_factory=list)
    touched: bool = False  # whether anybody has joined or left
    served: Served | None = None  # if a job looks through the list
    due_at: datetime | None = None

    @classmethod
    def of(cls, ledger: EventLedger) -> "Queue":
        """Return that of a ledger of an event that exists."""
        known = cls in ledger.parts
        queue = ledger.part(cls)
        if not known:
            queue.counts = cast(EventWaitlist, dict(waitlist_of(ledger.booked_event)))
        return queue

    def open_of(self, customer_id: ObjectId, bookings: dict[ObjectId, Booking]) -> Entry | None:
        """Return a customer's entry that waits, or is offered a booking that is still held."""
        entry = self.open.get(customer_id)
        if entry is None or not entry["open"]:
            return None
        booking = bookings.get(entry["booking_id"]) if entry["booking_id"] else None
        if booking is not None and booking["status"] != HELD:
            self.answer(booking)  # it may have been answered by an older version, which does not know of lists
            return None
        return entry

    def join(self, entry_id: ObjectId, customer_id: ObjectId, line: Line, least: int, ledger: EventLedger) -> Joined:
        """Put somebody at the end of the list."""
        self.touched = True
        self.counts["last"] += 1
        self.counts["waiting"] += 1
        entry: Entry = {
            "_id": entry_id,
            "event_id": ledger.booked_event["_id"],
            "customer_id": customer_id,
            "number": self.counts["last"],
            "ticket_type_id": line.ticket_type_id,
            "quantity": line.quantity,
            "min_quantity": least,
            "status": WAITING,
            "open": True,
            "queued": True,
            "booking_id": None,
            "offer_expires_at": None,
            "created_at": ledger.now,
        }
        joined = Joined(entry)
        self.joined.append(joined)
        self.open[customer_id] = self.made[entry_id] = entry
        return joined

    def next_turn(self) -> int:
        """Return the number of the next turn."""
        self.counts["turn"] += 1
        return self.counts["turn"]

    def offered(self, entry: Entry, changes: dict[str, Any]) -> None:
        """Let an entry wait no longer, as it is offered tickets."""
        self.counts["waiting"] -= 1
        self.change(entry, {"status": OFFERED, "queued": False, "turn": self.next_turn()} | changes)

    def leave(self, entry: Entry, now: datetime) -> None:
        """Let somebody who waits go."""
        self.touched = True
        self._end(entry, LEFT, now)

    def close(self, entry: Entry, now: datetime) -> None:
        """Close an entry that waits, or was offered tickets that were cancelled with the event."""
        if entry["status"] == WAITING:
            self.facts.append((WAITLIST_CLOSED, entry["_id"]))
            self._end(entry, CLOSED, now)
        else:
            self.change(entry, {"status": CLOSED, "open": False, "ended_at": now})

    def block(self, entry: Entry) -> None:
        """Take an entry out of the queue, because its customer may not have as many tickets as it takes at least."""
        blocks = [*entry.get("blocks", []), [self.next_turn()]]
        self.change(entry, {"queued": False, "blocks": blocks[-MOST_BLOCKS:]})

    def unblock(self, entry: Entry) -> None:
        """Put an entry back into the queue, in its old place."""
        *ended, last = entry.get("blocks") or [[0]]
        self.change(entry, {"queued": True, "blocks": [*ended, [last[0], self.next_turn()]]})

    def answer(self, booking: Booking) -> None:
        """Note that an offer has ended, with its booking as it is now."""
        entry_id = booking["waitlist_entry_id"]
        if entry_id in self.answers:
            return
        self.answers[entry_id] = rules.answer_of(booking)
        if self.answers[entry_id] == EXPIRED:
            self.facts.append((WAITLIST_MISSED, entry_id))

    def is_waiting(self, entry: Entry) -> bool:
        """Return whether an entry that was read as waiting still does."""
        return bool(self.changed.get(entry["_id"], entry).get("status", WAITING) == WAITING)

    def is_queued(self, entry: Entry) -> bool:
        """Return whether an entry that was read is in the queue now."""
        return bool(self.changed.get(entry["_id"], entry).get("queued", entry["queued"]))

    def is_open(self, entry: Entry) -> bool:
        """Return whether an entry that was read as open still is."""
        return entry["_id"] not in self.answers and bool(self.changed.get(entry["_id"], entry).get("open", True))

    def change(self, entry: Entry, changes: dict[str, Any]) -> None:
        """Change an entry."""
        cast(dict[str, Any], entry).update(changes)
        if not any(joined.entry is entry for joined in self.joined):
            self.changed.setdefault(entry["_id"], {}).update(changes)

    def set_positions(self) -> None:
        """Note the positions of those who have joined: nobody waits behind the last of them."""
        waiting = [joined for joined in self.joined if joined.entry["status"] == WAITING]
        for behind, joined in enumerate(reversed(waiting)):
            joined.position = joined.entry["first_position"] = self.counts["waiting"] - behind

    def _end(self, entry: Entry, status: str, now: datetime) -> None:
        self.counts["waiting"] -= 1
        ended = {"status": status, "open": False, "queued": False, "ended_at": now, "turn": self.next_turn()}
        self.change(entry, ended)
