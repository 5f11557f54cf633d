"""What money that has come does to its booking. Pure.

A held booking is confirmed. One that has expired gets its tickets again, if there are any for it. Otherwise the money
goes back, as it does if the booking was cancelled or is paid already.
"""

from datetime import datetime
from typing import Any

from ..bookings import rules
from ..bookings.facts import BOOKING_CONFIRMED
from ..bookings.ledger import EventLedger
from ..bookings.model import Booking
from ..bookings.released import RefundOwed
from ..bookings.rules import CONFIRMED, EXPIRED, HELD
from ..errors import Problem
from ..events.changes import ChangedBy
from ..events.rules import CANCELLED as EVENT_CANCELLED
from .facts import PAYMENT_LATE, PAYMENT_SUCCEEDED
from .model import Payment
from .payment_ledger import LATE, PaymentLedger, publish
from .payment_ledger import SUCCEEDED as IN_TIME
from .reviving import take_again
from .rules import SUCCEEDED, without_attempt


def fulfil(ledger: EventLedger, booking: Booking, payment: Payment, actor: ChangedBy, **fields: Any) -> Payment:
    """Count a payment as paid, and confirm its booking or owe the money back; return the payment.

    `fields` are stored with the payment besides, such as its id at the provider.
    """
    money = without_attempt(booking, payment["_id"])
    if money.get("attempt"):  # it is paid without it
        ledger.released.abandoned.append(booking["_id"])
    money["paid"] += payment["amount"]
    late = not _has_tickets(ledger, booking)
    if late:
        money["owed"] += payment["amount"]
    else:
        money.pop("state", None)
    fields |= {"status": SUCCEEDED, "open": False, "paid_at": ledger.now} | ({"late": True} if late else {})
    payment = ledger.part(PaymentLedger).change(payment, fields)
    if late:
        publish(ledger, PAYMENT_LATE, payment, actor, LATE, told_as=PAYMENT_SUCCEEDED)
        changed = ledger.change(booking, {"payment": money})
        ledger.released.refunds.append(RefundOwed(changed, payment["amount"], payment["_id"]))
    else:
        publish(ledger, PAYMENT_SUCCEEDED, payment, actor, IN_TIME)
        confirmed = {"status": CONFIRMED, "hold_expires_at": None, "payment": money} | ledger.end_hold(booking, None)
        if booking["status"] == EXPIRED and "hold_ended_at" in booking:
            confirmed["hold_ended_at"] = None
        ledger.publish(BOOKING_CONFIRMED, ledger.change(booking, confirmed), actor)
    return payment


def _has_tickets(ledger: EventLedger, booking: Booking) -> bool:
    """Return whether there are tickets for what was paid: a held booking has them, an expired one may again."""
    if booking["status"] == HELD:
        return ledger.booked_event["status"] != EVENT_CANCELLED
    if booking["status"] != EXPIRED or booking["payment"]["paid"]:
        return False
    try:
        take_again(ledger, booking)
    except Problem:
        return False
    return True


def is_overdue(booking: Booking, now: datetime) -> bool:
    """Return whether a booking is held although its time is over."""
    return booking["status"] == HELD and rules.is_over(booking, now)
