"""Payments and refunds as they are stored, for the packages that tell people of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from bson import ObjectId
from pymongo import ASCENDING, collection

from .model import Payment, Refund
from .providers.port import SUCCEEDED

# What is between the organizer, the provider and us.
UNREAD = dict.fromkeys(("provider_id", "failure", "failed_try", "reference", "recorded_by"), 0)


class PaymentReader:
    """Reads what was paid and what has gone back; the indexes are those of `PaymentStore` and `RefundStore`.

    Each method is one query, or none if nothing is asked for.
    """

    def __init__(self, payments: collection.Collection[Payment], refunds: collection.Collection[Refund]):
        self._payments = payments
        self._refunds = refunds

    def payments(self, payment_ids: Iterable[ObjectId]) -> dict[ObjectId, Payment]:
        """Return the payments with these ids that exist."""
        ids = list(payment_ids)
        found = self._payments.find({"_id": {"$in": ids}}, UNREAD) if ids else ()
        return {payment["_id"]: payment for payment in found}

    def refunds(self, refund_ids: Iterable[ObjectId]) -> dict[ObjectId, Refund]:
        """Return the refunds with these ids that exist."""
        ids = list(refund_ids)
        found = self._refunds.find({"_id": {"$in": ids}}, UNREAD) if ids else ()
        return {refund["_id"]: refund for refund in found}

    def paid_for(self, booking_ids: Collection[ObjectId]) -> dict[ObjectId, list[Payment]]:
        """Return the payments of these bookings that have succeeded, the oldest first, by booking."""
        paid: dict[ObjectId, list[Payment]] = defaultdict(list)
        if booking_ids:
            conditions = {"booking_id": {"$in": list(booking_ids)}, "status": SUCCEEDED}
            for payment in self._payments.find(conditions, UNREAD).sort("_id", ASCENDING):
                paid[payment["booking_id"]].append(payment)
        return paid
