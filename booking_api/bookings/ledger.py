"""What one transaction does to one event's stock and bookings. Pure: it works on what the batch has read.

Requests are applied one by one, in order of arrival; a refused request has no effect on the next. The changes are
collected here, and the batch writes them (see `batch`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..errors import Problem
from ..events.changes import BY_SYSTEM, ChangedBy, by
from ..events.model import Event
from ..events.stock import Stock
from ..jobs.facts import Fact
from . import rules, ticket_rules, transfers
from .changes import of_booking, of_transfer
from .facts import (
    BOOKING_CANCELLED,
    BOOKING_CANCELLED_BY_STAFF,
    BOOKING_CONFIRMED,
    BOOKING_EXPIRED,
    BOOKING_HELD,
    TICKET_LOST,
    TICKET_TRANSFERRED,
    OfBooking,
    OfTickets,
    OfTransfer,
)
from .holds import NOT_YET, CustomerHolds, is_running, require_few_held, require_no_cooldown
from .model import Booking, DrawKeys, Item, Ticket
from .requests import Cancellation, Expiry, HoldConfirmation, Order, Request, StaffCancellation, TicketTransfer
from .rules import BY_CUSTOMER, BY_STAFF, CANCELLED, CONFIRMED, EXPIRED, HELD


@dataclass
class EventLedger:
    """An event, the bookings that requests name, their customers' tickets and holds, and the changes to be written.

    `tickets_of` and `holds_of` are by customer; `draw_keys` returns ids and codes for new tickets. The changes are the
    `new` bookings, the `changed` fields of others, `facts`, each with its booking and its delay in seconds, and
    `tickets_cancelled` of bookings that go on without them. `of_transfers` are facts about holders of tickets.
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

    def __post_init__(self) -> None:
        # Without an event every request is refused before the stock is used.
        self.stock = cast(Stock, Stock(self.event) if self.event else None)

    def apply(self, request: Request) -> Any:
        """Apply a request; return the changed booking, or the `Problem` that refused it."""
        actions: dict[type, Callable[[Any], Booking | None]] = {
            Order: self._book,
            Cancellation: self._cancel,
            StaffCancellation: self._cancel_for_staff,
            TicketTransfer: self._transfer,
            HoldConfirmation: self._confirm,
            Expiry: self._expire,
        }
        try:
            return actions[type(request)](request)
        except Problem as problem:
            return problem

    def release(self, items: Iterable[Item]) -> None:
        """Put the tickets of a booking's items back on sale."""
        self.stock.put_back(items)

    def _book(self, order: Order) -> Booking:
        made = self.bookings.get(order.booking_id)
        if made is not None:  # checked first: an earlier attempt has made it, but its response was lost
            return made
        event = rules.require_open(self.event, self.now)
        lines = rules.require_lines(order.lines, event)
        rules.require_on_sale(lines, event, self.now)
        rules.require_within_customer_limit(lines, event, self.tickets_of.get(order.customer_id, 0))
        holds = None if order.max_held is None else self.holds_of[order.customer_id]
        if holds is not None and order.max_held is not None:
            require_few_held(lines, order.max_held, holds)
        rules.require_available(lines, event, self.stock)
        if holds is not None:
            require_no_cooldown(lines, holds, self.stock, self.now)
        self.stock.take(lines)
        booking = rules.new_booking(
            event,
            lines,
            self.draw_keys(sum(line.quantity for line in lines)),
            self.now,
            booking_id=order.booking_id,
            customer_id=order.customer_id,
            hold_seconds=order.hold_seconds,
            idempotency_key=order.idempotency_key,
        )
        if order.attendees:
            ticket_rules.name_attendees(booking, order.attendees)
        if holds is not None:
            booking["hold_ended_at"] = NOT_YET
            holds.add(booking)
        self.tickets_of[order.customer_id] = self.tickets_of.get(order.customer_id, 0) + booking["quantity"]
        self.bookings[booking["_id"]] = booking
        self.new.append(booking)
        fact = BOOKING_CONFIRMED if order.hold_seconds is None else BOOKING_HELD
        return self._publish(fact, booking, by(order.customer_id), order.hold_seconds or 0)

    def _cancel(self, request: Cancellation) -> Booking:
        booking = self._own(request)
        chosen = None if request.ticket_ids is None else ticket_rules.choose(booking, request.ticket_ids)
        if booking["status"] == CANCELLED or chosen == []:  # done before
            return booking
        if booking["status"] == EXPIRED:
            raise rules.HoldExpired
        part = chosen if chosen is not None and len(chosen) < booking["quantity"] else None
        if booking["status"] == HELD and part:
            raise ticket_rules.BookingHeld
        rules.require_cancellable(booking, self._booked_event, self.now)
        ticket_rules.require_not_scanned(part or ticket_rules.live_tickets(booking))
        if part:
            return self._cancel_tickets(booking, part, by(request.customer_id))
        changes = {"cancelled_at": self.now, "cancelled_by": BY_CUSTOMER} | self._end_hold(booking, self.now)
        cancelled = self._give_up(booking, CANCELLED, changes)
        return self._publish(BOOKING_CANCELLED, cancelled, by(request.customer_id))

    def _cancel_for_staff(self, request: StaffCancellation) -> Booking:
        booking = self.bookings.get(request.booking_id)
        if booking is None or booking["event_id"] != self._booked_event["_id"]:
            raise rules.BookingNotFound
        if booking["status"] == CANCELLED:
            return booking
        ticket_rules.require_staff_may_cancel(booking, self._booked_event, self.now)
        told = {"cancelled_at": self.now, "cancelled_by": BY_STAFF, "cancel_reason": request.reason}
        # A hold that others have ended does not count against its customer.
        cancelled = self._give_up(booking, CANCELLED, told | self._end_hold(booking, None))
        self.facts.append((BOOKING_CANCELLED_BY_STAFF, booking["_id"], 0))
        self.stock.changes.append(of_booking(BOOKING_CANCELLED, cancelled, by(request.actor)))
        return cancelled

    def _cancel_tickets(self, booking: Booking, tickets: Sequence[Ticket], actor: ChangedBy) -> Booking:
        """Cancel some tickets of a confirmed booking, which goes on with the rest."""
        ids = [ticket["_id"] for ticket in tickets]
        self._tell_holders(booking, tickets)
        self._put_back(booking, ticket_rules.items_of(booking, tickets))
        changed = self._change(booking, ticket_rules.without(booking, tickets, self.now))
        self.tickets_cancelled.append({"booking_id": booking["_id"], "ticket_ids": ids})
        self.stock.changes.append(of_booking(BOOKING_CANCELLED, changed, actor, ids))
        return changed

    def _transfer(self, request: TicketTransfer) -> Booking:
        booking = self._own(request)
        number = ticket_rules.number_of(booking, request.ticket_id)
        before = booking["tickets"][number]
        if any(transfer["_id"] == request.transfer_id for transfer in before.get("transfers", [])):
            return booking  # an earlier attempt has made it, but its response was lost
        transfers.require_transferable(booking, before, self._booked_event, self.now)
        (key,) = self.draw_keys(1)
        after = transfers.given(before, request, key.code, self.now)
        tickets = [*booking["tickets"][:number], after, *booking["tickets"][number + 1 :]]
        changed = self._change(booking, {"tickets": tickets})
        self.of_transfers += [(TICKET_TRANSFERRED, of) for of in transfers.of_holders(booking, [after])]
        if transfers.former_holder(before, after):
            self._tell_holders(booking, [before])
        self.stock.changes.append(of_transfer(changed, after, by(request.customer_id)))
        return changed

    def _tell_holders(self, booking: Booking, tickets: Iterable[Ticket]) -> None:
        """Owe a mail to those who have these tickets, which are no longer theirs."""
        self.of_transfers += [(TICKET_LOST, of) for of in transfers.of_holders(booking, tickets)]

    def _confirm(self, request: HoldConfirmation) -> Booking:
        booking = self._own(request)
        if booking["status"] == CONFIRMED:
            return booking
        rules.require_confirmable(booking, self._booked_event, self.now)
        changes = {"status": CONFIRMED, "hold_expires_at": None} | self._end_hold(booking, None)
        return self._publish(BOOKING_CONFIRMED, self._change(booking, changes), by(request.customer_id))

    def _expire(self, request: Expiry) -> Booking | None:
        booking = self.bookings.get(request.booking_id)
        if booking is None or booking["status"] != HELD or not rules.is_over(booking, self.now):
            return booking
        expired = self._give_up(booking, EXPIRED, self._end_hold(booking, booking["hold_expires_at"]))
        return self._publish(BOOKING_EXPIRED, expired, BY_SYSTEM)

    @property
    def _booked_event(self) -> Event:
        """The event of an existing booking, which is never None: an event that was ever booked is never deleted."""
        return cast(Event, self.event)

    def _own(self, request: Cancellation | HoldConfirmation | TicketTransfer) -> Booking:
        booking = self.bookings.get(request.booking_id)
        if booking is None or booking["customer_id"] != request.customer_id:
            raise rules.BookingNotFound
        return booking

    def _end_hold(self, booking: Booking, at: datetime | None) -> dict[str, Any]:
        """Return the changes that record the end of a hold, with None if it is confirmed; empty for other bookings."""
        if not is_running(booking):
            return {}
        if booking["customer_id"] in self.holds_of:
            self.holds_of[booking["customer_id"]].end(booking, at)
        return {"hold_ended_at": at}

    def _give_up(self, booking: Booking, status: str, changes: dict[str, Any]) -> Booking:
        self._put_back(booking, booking["items"])
        self._tell_holders(booking, ticket_rules.live_tickets(booking))
        return self._change(booking, {"status": status} | changes)

    def _put_back(self, booking: Booking, items: Sequence[Item]) -> None:
        """Put tickets of a booking back on sale, so that its customer may have as many others."""
        self.release(items)
        tickets = self.tickets_of.get(booking["customer_id"])
        if tickets is not None:
            self.tickets_of[booking["customer_id"]] = tickets - sum(item["quantity"] for item in items)

    def _change(self, booking: Booking, changes: dict[str, Any]) -> Booking:
        changed = cast(Booking, booking | changes | {"version": booking["version"] + 1})
        self.bookings[booking["_id"]] = changed
        written = self.changed.get(booking["_id"], {}) | changes
        # Its tickets are written as a whole, and so alone: with the version that they have been read in.
        self.changed[booking["_id"]] = written | {"version": changed["version"]} if "tickets" in written else written
        return changed

    def _publish(self, fact: Fact[OfBooking], booking: Booking, actor: ChangedBy, delay: float = 0) -> Booking:
        self.facts.append((fact, booking["_id"], delay))
        self.stock.changes.append(of_booking(fact, booking, actor))
        return booking
