"""What is asked of the ledger of an event about money that goes back."""

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from ..bookings import rules as booking_rules
from ..bookings import ticket_rules
from ..bookings.ledger import EventLedger, OfOneBooking
from ..bookings.model import Booking, Ticket
from ..bookings.requests import cancel_tickets
from ..bookings.ticket_requests import cancel_for_staff
from ..events.changes import by
from . import refund_rules
from .model import Refund
from .providers.port import FAILED, SUCCEEDED
from .refund_ledger import RefundLedger, Wanted
from .refund_rules import OWED, RETAINED


@dataclass(frozen=True)
class RefundRequest(OfOneBooking):
    """A request about one refund."""

    refund_id: ObjectId

    def outcome(self, result: Any) -> str:
        """Return what has become of the refund."""
        return str(result)


@dataclass(frozen=True)
class RefundBooking(RefundRequest):
    """Give back what was paid for a booking: an amount, what some tickets cost, or all that can go back.

    Where money is handed back by hand, this records that it was. An earlier attempt may already have made the refund.
    """

    action = "refund"

    made_by: ObjectId
    amount: int | None = None
    ticket_ids: frozenset[ObjectId] | None = None
    reason: str | None = None

    def apply_to(self, ledger: EventLedger) -> str:
        """Make the refund, which is then found by its id."""
        refunds = ledger.part(RefundLedger)
        if refunds.is_made(self.refund_id):  # by an earlier attempt, but its response was lost
            return "made"
        booking = ledger.bookings.get(self.booking_id)
        if booking is None or booking["event_id"] != ledger.booked_event["_id"]:
            raise booking_rules.BookingNotFound
        money = refund_rules.require_paid(booking)
        refund_rules.require_few(refunds.count(self.booking_id))
        if self.ticket_ids is not None:
            booking, amount = self._return_tickets(ledger, booking, self.ticket_ids)
        else:
            amount = refund_rules.amount_of(money, self.amount)
            if self.amount is not None:
                refund_rules.require_possible(booking, amount)
            booking = ledger.change(booking, refund_rules.moved(booking, amount, refund_rules.sources(money)))
        tickets = None if self.ticket_ids is None else tuple(sorted(self.ticket_ids))
        refunds.want(Wanted(booking, amount, self.refund_id, self.reason, self.made_by, tickets))
        return "made"

    def _return_tickets(
        self, ledger: EventLedger, booking: Booking, ticket_ids: frozenset[ObjectId]
    ) -> tuple[Booking, int]:
        """Cancel those that are live; return the booking after it, and what goes back for all of them."""
        money = refund_rules.require_paid(booking)
        chosen = ticket_rules.choose(booking, ticket_ids)
        live = chosen if booking["status"] in booking_rules.LIVE else []
        over = {ticket["_id"] for ticket in live} | ledger.part(RefundLedger).tickets_of(booking["_id"])
        earlier = [each for each in booking["tickets"] if each["_id"] in ticket_ids and each["_id"] not in over]
        places = (OWED, RETAINED) if refund_rules.is_manual(money) else (RETAINED,)
        kept = sum(money[place] for place in places)  # type: ignore[literal-required]
        of_live = refund_rules.freed_by(booking, live)
        of_earlier = min(kept, refund_rules.price_of(booking, earlier))
        if not of_live + of_earlier:
            detail = "Nothing is left that was paid for these tickets."
            raise refund_rules.RefundExceedsPayment(detail, refundable=refund_rules.refundable(money))
        if live:
            booking = self._cancel(ledger, booking, live)
        changes = refund_rules.moved(booking, of_earlier, places)
        changes |= refund_rules.moved({**booking, **changes}, of_live, (RETAINED,))  # type: ignore[typeddict-item]
        return ledger.change(booking, changes), of_live + of_earlier

    def _cancel(self, ledger: EventLedger, booking: Booking, tickets: list[Ticket]) -> Booking:
        """Cancel tickets, so that what they cost is retained for now."""
        ticket_rules.require_staff_may_cancel(booking, ledger.booked_event, ledger.now, tickets)
        if len(tickets) < booking["quantity"]:
            return cancel_tickets(ledger, booking, tickets, by(self.made_by), refund=False)
        return cancel_for_staff(ledger, booking, self.made_by, self.reason, refund=False)


@dataclass(frozen=True)
class OfTry(RefundRequest):
    """A request about one try of a refund: about an earlier one it changes nothing."""

    tries: int

    def found(self, ledger: EventLedger) -> tuple[Refund | None, Booking | None]:
        """Return the refund and its booking, unless another try has begun."""
        refund, booking = ledger.part(RefundLedger).known.get(self.refund_id), ledger.bookings.get(self.booking_id)
        return (refund, booking) if refund is not None and refund.get("tries", 0) == self.tries else (None, None)


@dataclass(frozen=True)
class RefundDone(OfTry):
    """The provider has given the money back."""

    action = "refund_done"

    provider_id: str

    def apply_to(self, ledger: EventLedger) -> str:
        """Record it, once; return the status of the refund."""
        refund, booking = self.found(ledger)
        if refund is None or booking is None:
            return "superseded"
        if refund["status"] == SUCCEEDED:
            return SUCCEEDED
        money = refund_rules.done(refund_rules.require_paid(booking), refund["amount"])
        ledger.change(booking, {"payment": money})
        refunds = ledger.part(RefundLedger)
        done = {"status": SUCCEEDED, "done_at": ledger.now, "provider_id": self.provider_id}
        refunds.change(refund, done)
        refunds.done.append(self.refund_id)
        return SUCCEEDED


@dataclass(frozen=True)
class RefundFailed(OfTry):
    """The provider does not give the money back, or has got it back itself: it is still owed."""

    action = "refund_failed"

    failure: str

    def apply_to(self, ledger: EventLedger) -> str:
        """Record it, once; return the status of the refund."""
        refund, booking = self.found(ledger)
        if refund is None or booking is None:
            return "superseded"
        refunds = ledger.part(RefundLedger)
        if refund["status"] == SUCCEEDED:  # banks return money weeks later, for example of a closed account
            money = refund_rules.done(refund_rules.require_paid(booking), -refund["amount"])
            ledger.change(booking, {"payment": money})
            refunds.failed_late.append(self.refund_id)
        failed = {"status": FAILED, "done_at": None, "failure": self.failure, "tries": self.tries + 1}
        refunds.change(refund, failed)
        return FAILED
