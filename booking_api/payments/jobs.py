"""The jobs that end attempts to pay at the provider: of holds that are over, and of bookings that have ended."""

import logging

from ..bookings.payment import PaymentMismatch, attempt_of
from ..bookings.requests import Expiry
from ..bookings.rules import HELD
from ..bookings.sales import Sales
from ..bookings.store import BookingStore
from ..jobs.model import Job
from ..jobs.outbox import PermanentFailure
from .model import Payment
from .providers.port import ProviderRefused
from .requests import Applied
from .rules import OPENING, PROCESSING
from .states import ProviderStates
from .store import PaymentStore

log = logging.getLogger(__name__)


class StillProcessing(Exception):
    """The provider does not know yet whether a payment succeeds: the job is to be tried again."""


class PaymentJobs:
    """Closes attempts at the provider. While it does not answer, the jobs are tried again, and no ticket is let go."""

    def __init__(self, payments: PaymentStore, bookings: BookingStore, sales: Sales, states: ProviderStates):
        self._payments = payments
        self._bookings = bookings
        self._sales = sales
        self._states = states

    def end_overdue(self, job: Job) -> None:
        """End a hold that is over once nobody can pay for it any more; if it was paid, confirm it.

        While its payment is on its way it is held for longer, with another job at its end.
        """
        booking_id = job["payload"]["booking_id"]
        booking = self._bookings.load([booking_id]).get(booking_id)
        if booking is None or booking["status"] != HELD:
            return
        attempt = attempt_of(booking)
        payment = self._payments.find(attempt) if attempt else None
        if payment is None or not payment["open"]:  # it was closed since
            self._sales.apply(booking["event_id"], Expiry(booking_id))
            return
        self.end(payment, overdue=True)

    def end_abandoned(self, job: Job) -> None:
        """End the open attempts of a booking that has ended; if it was paid, the money goes back."""
        for payment in self._payments.of_bookings([job["payload"]["booking_id"]]):
            if payment["open"] and self.end(payment).payment["status"] == PROCESSING:
                raise StillProcessing(f"Payment {payment['_id']} is still processing.")

    def end(self, payment: Payment, *, overdue: bool = False) -> Applied:
        """Close an open attempt at the provider and apply what has become of it; if it is `overdue`, end its hold.

        Raises `ProviderUnavailable`, and `PermanentFailure` if somebody has to look at it: the provider does not close
        it, or it was paid with another amount than is due.
        """
        try:
            intent = self._states.closed(payment)
        except ProviderRefused as refused:
            if payment["status"] == OPENING:
                return self._states.give_up(payment, refused.reason, overdue=overdue)
            raise PermanentFailure(f"The provider does not close payment {payment['_id']}: {refused}") from refused
        try:
            return self._states.apply(payment, intent, overdue=overdue)
        except PaymentMismatch as error:
            due, came = (payment["amount"], payment["currency"]), (intent.received, intent.currency)
            told = "{} {} has come for it, and {} {} is due".format(*came, *due)
            raise PermanentFailure(f"Payment {payment['_id']}: {told}.") from error
