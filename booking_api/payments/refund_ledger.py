"""Refunds as a transaction makes them, and of which payments they return the money. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..bookings.model import Booking
from ..events.payment import MANUAL
from .model import Payment, Refund
from .providers.port import PENDING, SUCCEEDED


@dataclass(frozen=True)
class Wanted:
    """So much is to go back for a booking, or was handed back: one refund, or several if it is of several payments.

    The first has `refund_id`. `payment_id` is of the one payment that goes back, if it is that.
    """

    booking: Booking
    amount: int
    refund_id: ObjectId
    reason: str | None = None
    made_by: ObjectId | None = None
    tickets: tuple[ObjectId, ...] | None = None
    payment_id: ObjectId | None = None


@dataclass
class RefundLedger:
    """The part of a ledger that has its refunds: those `known`, by their ids, and what the transaction does to them.

    `new` are to be made, `changed` has the new fields of others, and `done` those that the money of has gone back.
    `failed_late` had succeeded before.
    """

    known: dict[ObjectId, Refund] = field(default_factory=dict)
    wanted: dict[ObjectId, Wanted] = field(default_factory=dict)
    changed: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)
    done: list[ObjectId] = field(default_factory=list)
    failed_late: list[ObjectId] = field(default_factory=list)

    def is_made(self, refund_id: ObjectId) -> bool:
        """Return whether there is a refund with this id, made before or by this transaction."""
        return refund_id in self.known or refund_id in self.wanted

    def want(self, wanted: Wanted) -> None:
        """Make a refund."""
        self.wanted[wanted.refund_id] = wanted

    def change(self, refund: Refund, changes: dict[str, Any]) -> Refund:
        """Change a refund and return it."""
        changed = cast(Refund, refund | changes)
        self.known[refund["_id"]] = changed
        self.changed[refund["_id"]] = self.changed.get(refund["_id"], {}) | changes
        return changed

    def count(self, booking_id: ObjectId) -> int:
        """Return how many refunds of a booking somebody has asked for."""
        known = [each for each in self.known.values() if each["booking_id"] == booking_id and each["made_by"]]
        return len(known) + sum(each.booking["_id"] == booking_id for each in self.wanted.values())

    def tickets_of(self, booking_id: ObjectId) -> set[ObjectId]:
        """Return the tickets of a booking whose price goes back by refunds that name them."""
        of_known = [refund["tickets"] for refund in self.known.values() if refund["booking_id"] == booking_id]
        of_wanted = [each.tickets for each in self.wanted.values() if each.booking["_id"] == booking_id]
        return {ticket_id for tickets in (*of_known, *of_wanted) for ticket_id in tickets or ()}


@dataclass
class Allocation:
    """Divides refunds among payments, none of which gives back more than it has brought.

    `taken` has what refunds have taken of those payments that give more back than before.
    """

    payments: Sequence[Payment]
    now: datetime
    refunds: list[Refund] = field(default_factory=list)
    taken: dict[ObjectId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of_booking: dict[ObjectId, list[Payment]] = {}
        for payment in self.payments:
            self._of_booking.setdefault(payment["booking_id"], []).append(payment)

    def add(self, wanted: Wanted) -> int:
        """Make the refunds of an amount; return how much of it no payment has brought."""
        left, refund_id = wanted.amount, wanted.refund_id
        for payment in self._candidates(wanted):
            taken = self.taken.get(payment["_id"], payment["refunded"])
            part = min(left, payment["amount"] - taken)
            if part > 0:
                self.taken[payment["_id"]] = taken + part
                self.refunds.append(self._refund(refund_id, wanted, payment, part))
                left, refund_id = left - part, ObjectId()
        return left

    def _candidates(self, wanted: Wanted) -> list[Payment]:
        # An open one is taken only for what the others have not brought: then this very transaction has it paid.
        paid = [
            payment
            for payment in self._of_booking.get(wanted.booking["_id"], ())
            if payment["status"] == SUCCEEDED or payment["open"] or payment["_id"] == wanted.payment_id
        ]
        return sorted(paid, key=lambda each: (each["_id"] != wanted.payment_id, each["open"], each["_id"]))

    def _refund(self, refund_id: ObjectId, wanted: Wanted, payment: Payment, amount: int) -> Refund:
        booking, by_hand = wanted.booking, payment["mode"] == MANUAL
        refund: Refund = {
            "_id": refund_id,
            "booking_id": booking["_id"],
            "event_id": booking["event_id"],
            "customer_id": booking["customer_id"],
            "payment_id": payment["_id"],
            "mode": payment["mode"],
            "status": SUCCEEDED if by_hand else PENDING,
            "amount": amount,
            "currency": payment["currency"],
            "reason": wanted.reason,
            "created_at": self.now,
            "done_at": self.now if by_hand else None,
            "made_by": wanted.made_by,
            "tickets": None if wanted.tickets is None else list(wanted.tickets),
        }
        if payment["open"] or payment["_id"] == wanted.payment_id or payment.get("late"):
            refund["late"] = True
        return refund
