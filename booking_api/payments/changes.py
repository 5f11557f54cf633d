"""What the feed of an event says of payments. Pure."""

from ..events.changes import Change, ChangedBy, change
from ..jobs.facts import Fact
from . import rules
from .facts import PAYMENT_FAILED, PAYMENT_SUCCEEDED, OfPayment
from .model import Payment

PAYMENT_TYPES = (PAYMENT_SUCCEEDED.name, PAYMENT_FAILED.name)


def of_payment(fact: Fact[OfPayment], payment: Payment, actor: ChangedBy) -> Change:
    """Return a change of a payment to what it is now."""
    shown = {
        "id": payment["_id"],
        "booking_id": payment["booking_id"],
        "status": rules.shown_status(payment["status"]),
        "amount": payment["amount"],
        "currency": payment["currency"],
    }
    return change(fact.name, {"payment": shown}, actor)
