"""How customers pay their bookings over the internet."""

import logging
from typing import Any, cast

from bson import ObjectId

from ..bookings import rules as booking_rules
from ..bookings.model import Booking
from ..bookings.payment import PaymentProviderUnavailable, attempt_of
from ..bookings.sales import Sales
from ..bookings.store import BookingStore
from ..errors import Problem
from ..storage.sort import Page, Position
from . import rules, showing
from .lookups import Lookups
from .model import Payment
from .providers.port import ProviderRefused, ProviderUnavailable
from .requests import Applied, OpenAttempt
from .rules import OPEN, OPENING, PROCESSING, SUCCEEDED
from .states import ProviderStates
from .store import PaymentStore

log = logging.getLogger(__name__)

TRIES = 2  # to have an attempt that is open: the one that was there may turn out to be closed


class PaymentService:
    """Opens attempts, shows them, and closes those of bookings that are given up."""

    def __init__(
        self, payments: PaymentStore, bookings: BookingStore, sales: Sales, states: ProviderStates, lookups: Lookups
    ):
        self._payments = payments
        self._bookings = bookings
        self._sales = sales
        self._states = states
        self._lookups = lookups

    def pay(self, booking_id: ObjectId, customer_id: ObjectId) -> tuple[dict[str, Any], bool]:
        """Return the open attempt to pay a booking, with its secret, and whether it is new.

        The attempt is stored first, then made at the provider. Whatever happens between, the next call goes on with it.

        Raises `BookingNotFound`, `PaymentNotOnline`, `AlreadyPaid`, `HoldExpired`, `BookingCancelled`,
        `EventCancelled`, `EventPast`, `PaymentRefused`, `PaymentMismatch` and `PaymentProviderUnavailable`.
        """
        booking = booking_rules.require_found(self._bookings.find_own(booking_id, customer_id))
        is_new = False
        for _ in range(TRIES):
            opened = cast(
                Applied, self._sales.apply(booking["event_id"], OpenAttempt(booking_id, customer_id, ObjectId()))
            )
            is_new = opened.is_new
            try:
                intent = self._states.state_of(opened.payment)
            except ProviderUnavailable as error:
                raise _unavailable(error) from None
            except ProviderRefused as error:
                raise self._refused(opened.payment, error) from None
            payment = self._states.apply(opened.payment, intent).payment
            if payment["status"] == SUCCEEDED:
                raise rules.AlreadyPaid
            if payment["status"] in (OPEN, PROCESSING):
                return showing.shown(payment) | {"client_secret": intent.client_secret}, is_new
        raise PaymentProviderUnavailable

    def of_booking(
        self, booking_id: ObjectId, customer_id: ObjectId, limit: int, after: Position | None
    ) -> Page[dict[str, Any]]:
        """Return a page of the payments of a customer's booking, the newest first; raises `BookingNotFound`.

        What is open is looked up, but not often, so that who has just paid sees it though the provider's message was
        lost.
        """
        booking = booking_rules.require_found(self._bookings.find_own(booking_id, customer_id))
        attempt = attempt_of(booking)
        if attempt is not None and self._lookups.allows(attempt):
            self._look_up(attempt)
        page = self._payments.find_page(booking_id, limit, after)
        return Page([showing.shown(payment) for payment in page.items], page.end)

    def close(self, booking: Booking) -> None:
        """Close the open attempt of a booking that is about to be given up; if it was paid, it is confirmed after this.

        What the provider does not close now is closed by a job once the booking has ended. Raises
        `PaymentProviderUnavailable` and `PaymentMismatch`.
        """
        attempt = attempt_of(booking)
        payment = self._payments.find(attempt) if attempt else None
        if payment is None or not payment["open"]:
            return
        try:
            self._states.apply(payment, self._states.closed(payment))
        except ProviderUnavailable as error:
            raise _unavailable(error) from None
        except ProviderRefused as error:
            log.warning("The provider does not close payment %s: %s", payment["_id"], error)

    def _look_up(self, payment_id: ObjectId) -> None:
        payment = self._payments.find(payment_id)
        if payment is None or not payment["open"] or not payment.get("provider_id"):
            return
        try:
            self._states.apply(payment, self._states.state_of(payment))
        except (ProviderUnavailable, ProviderRefused, Problem) as error:
            log.info("Payment %s was not looked up: %s", payment_id, error)

    def _refused(self, payment: Payment, error: ProviderRefused) -> Problem:
        if payment["status"] == OPENING:
            self._states.give_up(payment, error.reason)
        return rules.PaymentRefused(f"The payment provider refuses this payment: {error.reason}.", reason=error.reason)


def _unavailable(error: ProviderUnavailable) -> PaymentProviderUnavailable:
    log.warning("The payment provider is not available: %s", error)
    return PaymentProviderUnavailable()
