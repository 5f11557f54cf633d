"""What customers ask of the ledger of an event, and what the service asks when a hold is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from ..events.changes import BY_SYSTEM, ChangedBy, by
from ..events.payment import refunds_on_cancel
from . import payment, rules, ticket_rules
from .changes import of_booking
from .facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, PAYMENT_OVERDUE
from .ledger import EventLedger, OfOneBooking
from .model import Booking, Ticket
from .rules import BY_CUSTOMER, CANCELLED, CONFIRMED, EXPIRED, HELD


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
            refund = refunds_on_cancel(ledger.booked_event)
            return cancel_tickets(ledger, booking, part, by(self.customer_id), refund=refund)
        changes = {"cancelled_at": ledger.now, "cancelled_by": BY_CUSTOMER} | ledger.end_hold(booking, ledger.now)
        refund = refunds_on_cancel(ledger.booked_event)
        cancelled = ledger.give_up(booking, CANCELLED, changes, refund=refund)
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
        payment.require_paid(booking)
        changes = {"status": CONFIRMED, "hold_expires_at": None} | ledger.end_hold(booking, None)
        return ledger.publish(BOOKING_CONFIRMED, ledger.change(booking, changes), by(self.customer_id))


@dataclass(frozen=True)
class Expiry(OfOneBooking):
    """Put the tickets of an overdue hold back on sale, unless somebody may still pay for it (see `Overdue`)."""

    action = "expire"

    booking_id: ObjectId

    def apply_to(self, ledger: EventLedger) -> Booking | None:
        """Return the booking after it, which stays as it is unless its hold is over; None if there is none."""
        booking = ledger.bookings.get(self.booking_id)
        if booking is None or booking["status"] != HELD or not rules.is_over(booking, ledger.now):
            return booking
        if payment.attempt_of(booking) is not None:
            return booking
        expired = ledger.give_up(booking, EXPIRED, ledger.end_hold(booking, booking["hold_expires_at"]))
        return ledger.publish(BOOKING_EXPIRED, expired, BY_SYSTEM)


@dataclass(frozen=True)
class Overdue(OfOneBooking):
    """Publish that a hold is over for which an attempt to pay is open: its tickets are kept until nobody can pay."""

    action = "expire"

    booking_id: ObjectId

    def apply_to(self, ledger: EventLedger) -> bool:
        """Return whether it is so."""
        booking = ledger.bookings.get(self.booking_id)
        if booking is None or booking["status"] != HELD or not rules.is_over(booking, ledger.now):
            return False
        if payment.attempt_of(booking) is None:
            return False
        ledger.facts.append((PAYMENT_OVERDUE, booking["_id"], 0))
        return True

    def outcome(self, result: Any) -> str:
        """Return whether somebody may still pay."""
        return "overdue" if result else "none"


def cancel_tickets(
    ledger: EventLedger, booking: Booking, tickets: Sequence[Ticket], actor: ChangedBy, *, refund: bool
) -> Booking:
    """Cancel some tickets of a confirmed booking, which goes on with the rest."""
    ids = [ticket["_id"] for ticket in tickets]
    items = ticket_rules.items_of(booking, tickets)
    ledger.tell_holders(booking, tickets)
    ledger.put_back(booking, items)
    changes = ticket_rules.without(booking, tickets, ledger.now)
    changes |= ledger.released.shrink(booking, items, booking["amount"] - changes["amount"], refund=refund)
    changed = ledger.change(booking, changes)
    ledger.tickets_cancelled.append({"booking_id": booking["_id"], "ticket_ids": ids})
    ledger.stock.changes.append(of_booking(BOOKING_CANCELLED, changed, actor, ids))
    return changed
