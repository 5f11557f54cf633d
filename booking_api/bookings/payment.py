"""What a booking costs, and what was paid of it. Pure: `payments` has the payments themselves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..errors import Conflict, PaymentNeeded, Unavailable
from ..events.model import Event
from ..events.payment import NONE, due_hours, mode_of
from ..events.rules import over_at
from .model import Booking, BookingPayment
from .rules import LIVE

PENDING, FAILED = "pending", "failed"  # of an attempt to pay
DUE, PAID, PARTIALLY_REFUNDED, REFUNDED = "due", "paid", "partially_refunded", "refunded"
STATUSES = (NONE, DUE, PENDING, PAID, PARTIALLY_REFUNDED, REFUNDED, FAILED)
NOTHING: dict[str, int] = {"paid": 0, "refunded": 0, "owed": 0, "retained": 0}


class PaymentRequired(PaymentNeeded):
    """The booking costs something, and is confirmed by its payment alone.

    Where the event takes cards (`payment` is `stripe`), begin with `POST /api/v1/bookings/{booking_id}/payments`. Else
    pay as its organizer says, until `hold_expires_at` of the booking; they record it.
    """

    code = "payment_required"
    title = "The booking must be paid"


class PaymentProviderUnavailable(Unavailable):
    """Who takes the payments does not answer now. Nothing was changed, but for an attempt that may have been begun.

    Send the same request again after the seconds in `Retry-After`; a payment that was begun goes on.
    """

    code = "provider_unavailable"
    title = "The payment provider does not answer"
    retry_after_seconds = 5


class PaymentMismatch(Conflict):
    """Another amount was paid than was asked for, or in another currency. It was not counted as a payment.

    Tell who runs this service: no money is lost, and they see what has come.
    """

    code = "payment_mismatch"
    title = "Another amount was paid"


def is_wanted(event: Mapping[str, Any], amount: int) -> bool:
    """Return whether a booking of this amount is held until it is paid."""
    return amount > 0 and mode_of(event) != NONE


def hold_seconds(event: Event, usual: int, now: datetime) -> int:
    """Return how long tickets are held that have to be paid: where money is handed over, at most to the event."""
    hours = due_hours(event)
    if hours is None:
        return usual
    ends = event["date"] if now < event["date"] else over_at(event)
    return max(1, min(hours * 3600, (ends - now) // timedelta(seconds=1)))


def of_new(event: Event, amount: int) -> BookingPayment | None:
    """Return the money of a new booking of this amount, or None if its event asks for none."""
    if not is_wanted(event, amount):
        return None
    return {"mode": mode_of(event), "paid": 0, "refunded": 0, "owed": 0, "retained": 0}


def due(booking: Booking) -> int:
    """Return what is still to be paid until a held booking is confirmed; 0 if nothing is wanted."""
    payment = booking.get("payment")
    return booking["amount"] if payment is not None and not payment["paid"] else 0


def attempt_of(booking: Mapping[str, Any]) -> ObjectId | None:
    """Return the attempt to pay a booking that is open, if there is one."""
    money = booking.get("payment")
    return money.get("attempt") if money else None


def require_paid(booking: Booking) -> None:
    """Raise `PaymentRequired` if a held booking has to be paid before it is confirmed."""
    if due(booking):
        raise PaymentRequired


def kept(payment: BookingPayment) -> int:
    """Return how much of what was paid is for a live booking: it is neither given back nor retained."""
    return payment["paid"] - payment["refunded"] - payment["owed"] - payment["retained"]


def released(booking: Booking, amount: int, *, back: bool) -> BookingPayment | None:
    """Return the money of a paid booking once `amount` of it is owed to the customer, or else retained.

    Returns None if there is nothing to release.
    """
    payment = booking.get("payment")
    if payment is None or not amount or not payment["paid"]:
        return None
    if back:
        return {**payment, "owed": payment["owed"] + amount}
    return {**payment, "retained": payment["retained"] + amount}


def shown(booking: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of the money of a booking."""
    payment = booking.get("payment")
    return {"status": _status(booking, payment), **{name: (payment or NOTHING)[name] for name in NOTHING}}


def _status(booking: Mapping[str, Any], payment: Mapping[str, Any] | None) -> str:
    if payment is not None and payment["paid"]:
        if not payment["refunded"]:
            return PAID
        return REFUNDED if payment["refunded"] >= payment["paid"] else PARTIALLY_REFUNDED
    if not booking["amount"] or booking["status"] not in LIVE:
        return NONE
    return str(payment.get("state", DUE)) if payment else DUE
