"""What customers ask of the ledger of an event, and what the service asks when a hold is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bson import ObjectId

from ..events.changes import BY_SYSTEM, ChangedBy, by
from ..events.stock import Line
from . import rules, ticket_rules
from .availability import require_available
from .changes import of_booking
from .facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD
from .holds import NOT_YET, require_few_held, require_no_cooldown
from .ledger import EventLedger, OfOneBooking
from .model import Attendance, Booking, Ticket
from .rules import BY_CUSTOMER, CANCELLED, CONFIRMED, EXPIRED, HELD


@dataclass(frozen=True)
class Order(OfOneBooking):
    """Book `lines`, or hold them for `hold_seconds` if that is given.

    A hold that a customer asked for has `max_held`: how many tickets of the event the customer may have on hold at
    once. With an idempotency key, an earlier attempt may already have made this booking.
    """

    action = "book"

    booking_id: ObjectId
    customer_id: ObjectId
    lines: tuple[Line, ...]
    hold_seconds: int | None = None
    idempotency_key: str | None = None
    max_held: int | None = None
    attendees: tuple[tuple[Attendance, ...], ...] = ()  # of each line, or of none

    def booking_ids(self) -> Iterable[ObjectId]:
        """Return the booking if it may exist; without an idempotency key it is certainly new."""
        return (self.booking_id,) if self.idempotency_key else ()

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the new booking, or the one that an earlier attempt has made."""
        made = ledger.bookings.get(self.booking_id)
        if made is not None:  # checked first: an earlier attempt has made it, but its response was lost
            return made
        event = rules.require_open(ledger.event, ledger.now)
        lines = rules.require_lines(self.lines, event)
        rules.require_on_sale(lines, event, ledger.now)
        rules.require_within_customer_limit(lines, event, ledger.tickets_of.get(self.customer_id, 0))
        holds = None if self.max_held is None else ledger.holds_of[self.customer_id]
        if holds is not None and self.max_held is not None:
            require_few_held(lines, self.max_held, holds)
        require_available(lines, event, ledger.stock, ledger.now)
        if holds is not None:
            require_no_cooldown(lines, holds, ledger.stock, ledger.now)
        ledger.stock.take(lines)
        booking = rules.new_booking(
            event,
            lines,
            ledger.draw_keys(sum(line.quantity for line in lines)),
            ledger.now,
            booking_id=self.booking_id,
            customer_id=self.customer_id,
            hold_seconds=self.hold_seconds,
            idempotency_key=self.idempotency_key,
        )
        if self.attendees:
            ticket_rules.name_attendees(booking, self.attendees)
        if holds is not None:
            booking["hold_ended_at"] = NOT_YET
            holds.add(booking)
        ledger.tickets_of[self.customer_id] = ledger.tickets_of.get(self.customer_id, 0) + booking["quantity"]
        ledger.bookings[booking["_id"]] = booking
        ledger.new.append(booking)
        fact = BOOKING_CONFIRMED if self.hold_seconds is None else BOOKING_HELD
        return ledger.publish(fact, booking, by(self.customer_id), self.hold_seconds or 0)


@dataclass(frozen=True)
class Cancellation(OfOneBooking):
    """Cancel a booking for its customer, or only some of its tickets."""

    action = "cancel"

    booking_id: ObjectId
    customer_id: ObjectId
    ticket_ids: frozenset[ObjectId] | None = None

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the booking after it, which may be as it was."""
        booking = ledger.own(self.booking_id, self.customer_id)
        chosen = None if self.ticket_ids is None else ticket_rules.choose(booking, self.ticket_ids)
        if booking["status"] == CANCELLED or chosen == []:  # done before
            return booking
        if booking["status"] == EXPIRED:
            raise rules.HoldExpired
        part = chosen if chosen is not None and len(chosen) < booking["quantity"] else None
        if booking["status"] == HELD and part:
            raise ticket_rules.BookingHeld
        rules.require_cancellable(booking, ledger.booked_event, ledger.now)
        ticket_rules.require_not_scanned(part or ticket_rules.live_tickets(booking))
        if part:
            return _cancel_tickets(ledger, booking, part, by(self.customer_id))
        changes = {"cancelled_at": ledger.now, "cancelled_by": BY_CUSTOMER} | ledger.end_hold(booking, ledger.now)
        cancelled = ledger.give_up(booking, CANCELLED, changes)
        return ledger.publish(BOOKING_CANCELLED, cancelled, by(self.customer_id))


@dataclass(frozen=True)
class HoldConfirmation(OfOneBooking):
    """Confirm a held booking."""

    action = "confirm"

    booking_id: ObjectId
    customer_id: ObjectId

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the confirmed booking."""
        booking = ledger.own(self.booking_id, self.customer_id)
        if booking["status"] == CONFIRMED:
            return booking
        rules.require_confirmable(booking, ledger.booked_event, ledger.now)
        changes = {"status": CONFIRMED, "hold_expires_at": None} | ledger.end_hold(booking, None)
        return ledger.publish(BOOKING_CONFIRMED, ledger.change(booking, changes), by(self.customer_id))


@dataclass(frozen=True)
class Expiry(OfOneBooking):
    """Put the tickets of an overdue hold back on sale."""

    action = "expire"

    booking_id: ObjectId

    def apply_to(self, ledger: EventLedger) -> Booking | None:
        """Return the booking after it, which stays as it is unless its hold is over; None if there is none."""
        booking = ledger.bookings.get(self.booking_id)
        if booking is None or booking["status"] != HELD or not rules.is_over(booking, ledger.now):
            return booking
        expired = ledger.give_up(booking, EXPIRED, ledger.end_hold(booking, booking["hold_expires_at"]))
        return ledger.publish(BOOKING_EXPIRED, expired, BY_SYSTEM)


def _cancel_tickets(ledger: EventLedger, booking: Booking, tickets: Sequence[Ticket], actor: ChangedBy) -> Booking:
    """Cancel some tickets of a confirmed booking, which goes on with the rest."""
    ids = [ticket["_id"] for ticket in tickets]
    ledger.tell_holders(booking, tickets)
    ledger.put_back(booking, ticket_rules.items_of(booking, tickets))
    changed = ledger.change(booking, ticket_rules.without(booking, tickets, ledger.now))
    ledger.tickets_cancelled.append({"booking_id": booking["_id"], "ticket_ids": ids})
    ledger.stock.changes.append(of_booking(BOOKING_CANCELLED, changed, actor, ids))
    return changed
