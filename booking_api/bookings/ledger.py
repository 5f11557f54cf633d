"""What one transaction does to one event's stock and bookings. Pure: it works on what the batch has read.

Requests are applied one by one, in order of arrival; a refused request has no effect on the next. The changes are
collected here, and the batch writes them (see `batch`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

from bson import ObjectId

from ..errors import Problem
from ..events.changes import ChangedBy
from ..events.model import Event
from ..events.payment import MANUAL
from ..events.stock import Stock
from ..jobs.facts import Fact
from . import rules, ticket_rules, transfers
from .changes import of_booking
from .facts import BOOKING_HELD, PAYMENT_DUE, TICKET_LOST, OfBooking, OfTickets, OfTransfer
from .holds import CustomerHolds, is_running
from .model import WRITTEN_ALONE, Booking, DrawKeys, Item, Ticket
from .released import Released

T = TypeVar("T")


class Request(ABC):
    """Something asked of the ledger of an event. `action` is its name in metrics.

    If it `precedes_sales`, orders of the same batch come after it, and after what follows from it. If it `revives`, it
    may take the tickets of an expired booking again: then it comes when orders do, and its codes are read.
    """

    action: ClassVar[str]
    precedes_sales: ClassVar[bool] = False
    revives: ClassVar[bool] = False

    @abstractmethod
    def booking_ids(self) -> Iterable[ObjectId]:
        """Return the ids of the bookings that have to be read for it."""

    @abstractmethod
    def apply_to(self, ledger: EventLedger) -> Any:
        """Do it, and return what has become of it; raise a `Problem` to refuse it, with nothing changed."""

    def outcome(self, result: Any) -> str:
        """Return the name of a result in metrics."""
        return str(result["status"]) if result else "none"


@dataclass(frozen=True)
class OfOneBooking(Request):
    """A request about one booking."""

    booking_id: ObjectId

    def booking_ids(self) -> Iterable[ObjectId]:
        """Return the id of the booking."""
        return (self.booking_id,)


@dataclass
class EventLedger:
    """An event, the bookings that requests name, their customers' tickets and holds, and the changes to be written.

    `tickets_of` and `holds_of` are by customer; `draw_keys` returns ids and codes for new tickets. The changes are the
    `new` bookings, the `changed` fields of others, `facts`, each with its booking and its delay in seconds, and
    `tickets_cancelled` of bookings that go on without them. `of_transfers` are facts about holders of tickets.
    `given_back` counts tickets put back, by customer and type. `answered` are offers of the waiting list that
    have ended, as they are then. `released` is what bookings give back besides tickets.
    """

    event: Event | None
    bookings: dict[ObjectId, Booking]
    tickets_of: dict[ObjectId, int]
    now: datetime
    draw_keys: DrawKeys
    holds_of: dict[ObjectId, CustomerHolds] = field(default_factory=dict)
    new: list[Booking] = field(default_factory=list)
    changed: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)
    facts: list[tuple[Fact[OfBooking], ObjectId, float]] = field(default_factory=list)
    tickets_cancelled: list[OfTickets] = field(default_factory=list)
    of_transfers: list[tuple[Fact[OfTransfer], OfTransfer]] = field(default_factory=list)
    given_back: defaultdict[tuple[ObjectId, ObjectId | None], int] = field(default_factory=lambda: defaultdict(int))
    answered: list[Booking] = field(default_factory=list)
    released: Released = field(default_factory=Released)
    parts: dict[type, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Without an event every request is refused before the stock is used.
        self.stock = cast(Stock, Stock(self.event) if self.event else None)

    def apply(self, request: Request) -> Any:
        """Apply a request; return what it returns, or the `Problem` that refused it."""
        try:
            return request.apply_to(self)
        except Problem as problem:
            return problem

    def part(self, kind: type[T]) -> T:
        """Return what this ledger has of a kind that has joined it, for example what a loader has read; new if unused.

        So packages that come after this one keep what they need beside the bookings.
        """
        return cast(T, self.parts.setdefault(kind, kind()))

    def tell_holders(self, booking: Booking, tickets: Iterable[Ticket]) -> None:
        """Owe a mail to those who have these tickets, which are no longer theirs."""
        self.of_transfers += [(TICKET_LOST, of) for of in transfers.of_holders(booking, tickets)]

    @property
    def booked_event(self) -> Event:
        """The event of an existing booking, which is never None: an event that was ever booked is never deleted."""
        return cast(Event, self.event)

    def own(self, booking_id: ObjectId, customer_id: ObjectId) -> Booking:
        """Return a customer's booking; raises `BookingNotFound`."""
        booking = self.bookings.get(booking_id)
        if booking is None or booking["customer_id"] != customer_id:
            raise rules.BookingNotFound
        return booking

    def end_hold(self, booking: Booking, at: datetime | None) -> dict[str, Any]:
        """Return the changes that record the end of a hold, with None if it is confirmed; empty for other bookings."""
        if not is_running(booking):
            return {}
        if booking["customer_id"] in self.holds_of:
            self.holds_of[booking["customer_id"]].end(booking, at)
        return {"hold_ended_at": at}

    def give_up(self, booking: Booking, status: str, changes: dict[str, Any], *, refund: bool = True) -> Booking:
        """Put all tickets of a booking back on sale, and return it with this status and these changes.

        What was paid for it is owed to its customer, or retained unless there is a `refund`.
        """
        self.put_back(booking, booking["items"])
        self.tell_holders(booking, ticket_rules.live_tickets(booking))
        return self.change(booking, {"status": status} | changes | self.released.end(booking, refund=refund))

    def put_back(self, booking: Booking, items: Sequence[Item]) -> None:
        """Put tickets of a booking back on sale, so that its customer may have as many others."""
        self.stock.put_back(items)
        for item in items:
            self.given_back[booking["customer_id"], item["ticket_type_id"]] += item["quantity"]
        tickets = self.tickets_of.get(booking["customer_id"])
        if tickets is not None:
            self.tickets_of[booking["customer_id"]] = tickets - sum(item["quantity"] for item in items)

    def change(self, booking: Booking, changes: dict[str, Any]) -> Booking:
        """Change a booking and return it."""
        changed = cast(Booking, booking | changes | {"version": booking["version"] + 1})
        self.bookings[booking["_id"]] = changed
        if "waitlist_entry_id" in booking and booking["status"] == rules.HELD != changed["status"]:
            self.answered.append(changed)
        written = self.changed.get(booking["_id"], {}) | changes
        # Tickets and money are written as a whole, and so alone: with the version that they have been read in.
        alone = not written.keys().isdisjoint(WRITTEN_ALONE)
        self.changed[booking["_id"]] = written | {"version": changed["version"]} if alone else written
        return changed

    def publish_hold(self, booking: Booking, actor: ChangedBy, seconds: float) -> Booking:
        """Publish that a booking is held for so many seconds, and what is to be handed over for it until then."""
        if booking.get("payment", {}).get("mode") == MANUAL:
            self.facts.append((PAYMENT_DUE, booking["_id"], 0))
        return self.publish(BOOKING_HELD, booking, actor, seconds)

    def publish(self, fact: Fact[OfBooking], booking: Booking, actor: ChangedBy, delay: float = 0) -> Booking:
        """Publish what has become of a booking, after `delay` seconds to its subscribers and now to the feed."""
        self.facts.append((fact, booking["_id"], delay))
        self.stock.changes.append(of_booking(fact, booking, actor))
        return booking
