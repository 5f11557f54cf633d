"""What the feed of an event says of money that has gone back. Pure."""

from typing import Any

from ..events.changes import BY_SYSTEM, Change, by, change
from .facts import PAYMENT_REFUNDED
from .model import Refund
from .providers.port import SUCCEEDED

REFUND_TYPES = (PAYMENT_REFUNDED.name,)


def of_refund(refund: Refund, booking_amount: int) -> Change:
    """Return the change by which so much of a payment went back: it has the payment's id, and the refund's amount.

    It says what the booking costs after it, which no other change does if its tickets stay valid.
    """
    shown: dict[str, Any] = {
        "id": refund["payment_id"],
        "booking_id": refund["booking_id"],
        "status": SUCCEEDED,
        "amount": refund["amount"],
        "currency": refund["currency"],
        "booking_amount": booking_amount,
    }
    actor = BY_SYSTEM if refund["made_by"] is None else by(refund["made_by"])
    return change(PAYMENT_REFUNDED.name, {"payment": shown}, actor)
