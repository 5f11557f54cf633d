"""What bookings give back besides tickets in one transaction: the uses of promo codes, and money. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from . import payment, pricing
from .model import Booking, Item


@dataclass(frozen=True)
class RefundOwed:
    """So much of what was paid for a booking is owed to its customer from now on.

    It is of one payment, `payment_id`, if that is what goes back: one that came too late, or was one too many.
    """

    booking: Booking
    amount: int
    payment_id: ObjectId | None = None


@dataclass
class Released:
    """Uses of codes by their ids, in tickets and in bookings; money; and bookings whose open attempt to pay is void."""

    tickets: defaultdict[ObjectId, int] = field(default_factory=lambda: defaultdict(int))
    bookings: defaultdict[ObjectId, int] = field(default_factory=lambda: defaultdict(int))
    refunds: list[RefundOwed] = field(default_factory=list)
    abandoned: list[ObjectId] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.tickets or self.bookings or self.refunds or self.abandoned)

    def end(self, booking: Booking, *, refund: bool) -> dict[str, Any]:
        """Note what a booking gives back that ends; return what changes in it besides.

        What was paid for it is owed to its customer, or retained unless there is a `refund`.
        """
        if "promo" in booking:
            self.tickets[booking["promo"]["_id"]] += pricing.discounted(booking["items"])
            self.bookings[booking["promo"]["_id"]] += 1
        money = booking.get("payment")
        if money is None:
            return {}
        if money.get("attempt"):
            self.abandoned.append(booking["_id"])
        return self._money(booking, payment.kept(money), refund=refund)

    def shrink(self, booking: Booking, items: Sequence[Item], amount: int, *, refund: bool) -> dict[str, Any]:
        """Note what a booking gives back that goes on without these items, and costs less by `amount`."""
        if "promo" in booking:
            self.tickets[booking["promo"]["_id"]] += pricing.discounted(items)
        return self._money(booking, amount, refund=refund)

    def _money(self, booking: Booking, amount: int, *, refund: bool) -> dict[str, Any]:
        money = payment.released(booking, amount, back=refund)
        if money is None:
            return {}
        if refund:
            self.refunds.append(RefundOwed(booking, amount))
        return {"payment": money}
