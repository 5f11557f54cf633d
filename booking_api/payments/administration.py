"""Attempts to pay that only an operator can end: the provider does not close them, or another amount has come."""

from bson import ObjectId

from .jobs import PaymentJobs
from .model import Payment
from .requests import PaymentClosed
from .rules import SETTLED
from .states import ProviderStates
from .store import PaymentStore


class PaymentAdministration:
    """Ends attempts for operators."""

    def __init__(self, payments: PaymentStore, jobs: PaymentJobs, states: ProviderStates):
        self._payments = payments
        self._jobs = jobs
        self._states = states

    def find(self, payment_id: ObjectId) -> Payment | None:
        """Return a payment, or None if there is none."""
        return self._payments.find(payment_id)

    def close(self, payment: Payment) -> Payment:
        """Do what the end of its hold does with an open attempt; return it, which is open if it is processing.

        Raises `ProviderUnavailable`, and `PermanentFailure` if only `settle` can end it.
        """
        return self._jobs.end(payment, overdue=True).payment

    def settle(self, payment: Payment) -> Payment:
        """Close an attempt without the provider, and return it; a hold whose time is over ends.

        If all that was due is paid for it later all the same, that counts as any late payment does.
        """
        closed = PaymentClosed(payment["booking_id"], payment["_id"], failure=SETTLED, expire=True)
        return self._states.ask(payment, closed).payment
