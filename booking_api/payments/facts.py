"""The facts that payments publish."""

from typing import TypedDict

from bson import ObjectId

from ..bookings.facts import PAYMENT_DUE, PAYMENT_OVERDUE, OfBooking
from ..jobs.facts import Fact

__all__ = [
    "PAYMENT_ABANDONED",
    "PAYMENT_DUE",
    "PAYMENT_FAILED",
    "PAYMENT_LATE",
    "PAYMENT_OVERDUE",
    "PAYMENT_REFUNDED",
    "PAYMENT_SUCCEEDED",
    "PROVIDER_EVENT_RECEIVED",
    "REFUND_OWED",
    "OfBooking",
    "OfPayment",
    "OfProviderEvent",
    "OfRefund",
]


class OfPayment(TypedDict):
    """The payment that a fact is about."""

    payment_id: ObjectId


class OfRefund(TypedDict):
    """The refund that a fact is about."""

    refund_id: ObjectId


class OfProviderEvent(TypedDict):
    """The stored message of the provider that a fact is about."""

    provider_event_id: str


PAYMENT_SUCCEEDED = Fact[OfPayment]("payment.succeeded")
PAYMENT_FAILED = Fact[OfPayment]("payment.failed")  # declined; it can be tried again
PAYMENT_LATE = Fact[OfPayment]("payment.late")  # paid after its booking had ended: the money goes back
PAYMENT_REFUNDED = Fact[OfRefund]("payment.refunded")  # the money has gone back
REFUND_OWED = Fact[OfRefund]("payment.refund_owed")  # the provider is to be asked for it
PAYMENT_ABANDONED = Fact[OfBooking]("payment.abandoned")  # the booking has ended, and an attempt to pay is open
PROVIDER_EVENT_RECEIVED = Fact[OfProviderEvent]("payment.provider_event_received")
