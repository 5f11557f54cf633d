"""The facts that payments publish."""

from typing import TypedDict

from bson import ObjectId

from ..bookings.facts import OfBooking
from ..jobs.facts import Fact


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
PAYMENT_DUE = Fact[OfBooking]("payment.due")  # a booking is held until money was handed over
PAYMENT_OVERDUE = Fact[OfBooking]("payment.overdue")  # the hold is over, and an attempt to pay is open
PAYMENT_ABANDONED = Fact[OfBooking]("payment.abandoned")  # the booking has ended, and an attempt to pay is open
PROVIDER_EVENT_RECEIVED = Fact[OfProviderEvent]("payment.provider_event_received")
