"""Decisions about refunds, and their errors. Pure.

Of what was paid for a booking, each amount is in one place: it is `refunded`, `owed`, `retained`, or what the booking
still costs. A refund moves an amount from one place to another.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bson import ObjectId

from ..bookings import payment, pricing
from ..bookings.model import Booking, BookingPayment, Ticket
from ..errors import Conflict, ValidationFailed
from ..events.card_amounts import step_of
from ..events.payment import MANUAL

OWED, RETAINED, AMOUNT = "owed", "retained", "amount"
# That somebody has asked for, of one booking: a provider is asked for all of them whenever there is another.
MOST_REFUNDS = 100


class RefundExceedsPayment(Conflict):
    """More would go back than was paid and has not gone back yet. Nothing was done.

    `refundable` says how much can go back of what was paid for the booking: ask for at most that.
    """

    code = "refund_exceeds_payment"
    title = "More than can be refunded"
    example = {"detail": "At most 2500 can be refunded of this booking.", "refundable": 2500}

    @classmethod
    def of(cls, refundable: int) -> "RefundExceedsPayment":
        """Return the problem where so much can be refunded."""
        return cls(f"At most {refundable} can be refunded of this booking.", refundable=refundable)


class TooManyRefunds(Conflict):
    """The booking has a hundred refunds already. Nothing was done.

    Give the rest back in one refund, outside this service; or look whether a program repeats itself.
    """

    code = "too_many_refunds"
    title = "Too many refunds"


def require_few(refunds: int) -> None:
    """Raise `TooManyRefunds` if a booking has so many refunds that it can have no other."""
    if refunds >= MOST_REFUNDS:
        raise TooManyRefunds


def require_paid(booking: Booking) -> BookingPayment:
    """Return the money of a booking for which anything was paid; raises `RefundExceedsPayment`."""
    money = booking.get("payment")
    if money is None or not money["paid"]:
        raise RefundExceedsPayment.of(0)
    return money


def is_manual(money: BookingPayment) -> bool:
    """Return whether people hand the money back, and record that."""
    return money["mode"] == MANUAL


def refundable(money: BookingPayment) -> int:
    """Return how much can be asked to go back: by hand also what is owed, which a provider is asked for already."""
    return money["paid"] - money["refunded"] - (0 if is_manual(money) else money["owed"])


def amount_of(money: BookingPayment, asked: int | None) -> int:
    """Return how much a refund is of; without an amount all that is owed by hand, or else all that can be refunded.

    Raises `RefundExceedsPayment`.
    """
    most = refundable(money)
    amount = asked if asked is not None else (money["owed"] if is_manual(money) else 0) or most
    if not 0 < amount <= most:
        raise RefundExceedsPayment.of(most)
    return amount


def require_possible(booking: Booking, amount: int) -> None:
    """Raise `ValidationFailed` for an amount in which the provider gives no money back in the booking's currency."""
    step = step_of(require_paid(booking)["mode"], booking["currency"])
    if amount % step:
        raise ValidationFailed(
            {"amount": [f"By card money goes back in multiples of {step} in {booking['currency']}."]}
        )


def sources(money: BookingPayment) -> tuple[str, ...]:
    """Return from where a refund takes its amount, in this order."""
    return (OWED, RETAINED, AMOUNT) if is_manual(money) else (RETAINED, AMOUNT)


def moved(booking: Booking, amount: int, places: Sequence[str]) -> dict[str, Any]:
    """Return what changes in a booking when an amount is taken from these places, in their order, to go back.

    By hand it has gone back already; a provider has still to be asked. A live booking costs less by what is taken from
    its `amount`. Raises `RefundExceedsPayment` if there is not so much.
    """
    money = require_paid(booking)
    there = {OWED: money["owed"], RETAINED: money["retained"], AMOUNT: payment.kept(money)}
    taken, left = dict.fromkeys(there, 0), amount
    for place in places:
        taken[place] = min(left, there[place])
        left -= taken[place]
    if left:
        raise RefundExceedsPayment.of(amount - left)
    by_hand = is_manual(money)
    changed: BookingPayment = {
        **money,
        "refunded": money["refunded"] + (amount if by_hand else 0),
        "owed": money["owed"] - taken[OWED] + (0 if by_hand else amount),
        "retained": money["retained"] - taken[RETAINED],
    }
    changes: dict[str, Any] = {"payment": changed}
    return changes | ({"amount": booking["amount"] - taken[AMOUNT]} if taken[AMOUNT] else {})


def done(money: BookingPayment, amount: int) -> BookingPayment:
    """Return the money of a booking once an amount that was owed has gone back; if it is negative, has come again."""
    return {**money, "owed": money["owed"] - amount, "refunded": money["refunded"] + amount}


def freed_by(booking: Booking, tickets: Sequence[Ticket]) -> int:
    """Return how much of a paid booking is no longer for it when these of its live tickets are cancelled."""
    if len(tickets) == booking["quantity"]:
        return payment.kept(require_paid(booking))
    return min(booking["amount"], price_of(booking, tickets))


def price_of(booking: Booking, tickets: Iterable[Ticket]) -> int:
    """Return what these tickets cost; those that were cancelled apart have their price."""
    prices = {item["name"]: pricing.to_pay(item) for item in booking["items"]}
    return sum(ticket.get("price", prices.get(ticket["ticket_type"], 0)) for ticket in tickets)


def name_at_provider(refund_id: ObjectId, tries: int) -> str:
    """Return by which name the provider knows a refund: another one after each time that it has refused it."""
    return f"{refund_id}-{tries}" if tries else str(refund_id)


def named(name: str | None) -> tuple[ObjectId, int] | None:
    """Return the refund that the provider knows by a name, and its tries then; None if it is no name of ours."""
    refund_id, _, tries = (name or "").partition("-")
    if not ObjectId.is_valid(refund_id) or (tries and not (tries.isascii() and tries.isdecimal())):
        return None
    return ObjectId(refund_id), int(tries or 0)
