"""What is asked of the waiting list of an event, in the order in which tickets are sold."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from ..bookings.ledger import EventLedger, Request
from ..bookings.requests import Cancellation
from ..bookings.rules import require_open
from ..events.changes import by
from . import rules
from .changes import of_entry
from .facts import WAITLIST_JOINED
from .queue import Joined, Queue, Served
from .rules import DECLINED, LEFT, OFFERED


class OfWaitlist(Request):
    """A request about the waiting list; what bookings it needs is read with its entries."""

    precedes_sales = True

    def booking_ids(self) -> Iterable[ObjectId]:
        """Return no id."""
        return ()


@dataclass(frozen=True)
class OfWaiter(OfWaitlist):
    """A request of somebody who waits, or wants to."""

    customer_id: ObjectId


@dataclass(frozen=True)
class JoinWaitlist(OfWaiter):
    """Wait for `quantity` tickets of a type, or at least for `min_quantity`.

    With an idempotency key (`is_keyed`) an earlier attempt may already have made the entry.
    """

    action = "join_waitlist"

    entry_id: ObjectId
    ticket_type_id: ObjectId | None
    quantity: int
    min_quantity: int
    is_keyed: bool = False

    def apply_to(self, ledger: EventLedger) -> Joined:
        """Return the new entry, or the one that an earlier attempt has made."""
        event = require_open(ledger.event, ledger.now) if ledger.event is None else ledger.event
        queue = Queue.of(ledger)
        made = queue.made.get(self.entry_id)
        if made is not None:
            return Joined(made)
        require_open(event, ledger.now)
        line = rules.require_line(self.ticket_type_id, self.quantity, self.min_quantity, event)
        if queue.open_of(self.customer_id, ledger.bookings):
            raise rules.AlreadyWaiting
        has = ledger.tickets_of.get(self.customer_id, 0)
        available = rules.require_joinable(line, event, has, queue.counts["waiting"], ledger.now)
        if self.min_quantity <= available:
            rules.require_no_cooldown(queue.missed.get(self.customer_id, ()), ledger.now)
        joined = queue.join(self.entry_id, self.customer_id, line, self.min_quantity, ledger)
        queue.facts.append((WAITLIST_JOINED, self.entry_id))
        ledger.stock.changes.append(of_entry(WAITLIST_JOINED, joined.entry, by(self.customer_id)))
        return joined

    def outcome(self, result: Any) -> str:
        """Return the status of the entry."""
        return str(result.entry["status"])


@dataclass(frozen=True)
class LeaveWaitlist(OfWaiter):
    """Leave the list, or decline what it offers."""

    action = "leave_waitlist"

    def apply_to(self, ledger: EventLedger) -> str:
        """Return what has become of the entry."""
        if ledger.event is None:
            raise rules.NotWaiting
        queue = Queue.of(ledger)
        entry = queue.open_of(self.customer_id, ledger.bookings)
        if entry is None:
            raise rules.NotWaiting
        if entry["status"] == OFFERED and entry["booking_id"]:
            Cancellation(entry["booking_id"], self.customer_id).apply_to(ledger)
            return DECLINED
        queue.leave(entry, ledger.now)
        return LEFT

    def outcome(self, result: Any) -> str:
        """Return what has become of the entry."""
        return str(result)


@dataclass(frozen=True)
class ServeWaitlist(OfWaitlist):
    """Close entries that can be offered nothing more, and offer what there is to the others; a part at a time."""

    action = "serve_waitlist"

    def apply_to(self, ledger: EventLedger) -> Served:
        """Return whether there is more to be done, which is known once the batch is settled."""
        if ledger.event is None:
            return Served(has_event=False)
        queue = Queue.of(ledger)
        queue.served = queue.served or Served()
        return queue.served

    def outcome(self, result: Any) -> str:
        """Return whether there is more."""
        return "more" if result.more else "done"
