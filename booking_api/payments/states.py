"""What the provider says of an attempt to pay, and what follows from it here. No call is made in a transaction."""

from ..bookings.sales import Sales
from .model import Payment
from .providers.port import CANCELLED, PROCESSING, SUCCEEDED, Intent, PaymentOrder, Provider, ProviderUnavailable
from .requests import Applied, HoldKept, OfAttempt, PaymentClosed, PaymentNoted, PaymentSucceeded


class ProviderStates:
    """Asks the provider, if there is one, and applies what it answers. All of it can be repeated."""

    def __init__(self, provider: Provider | None, sales: Sales):
        self._provider = provider
        self._sales = sales

    @property
    def provider(self) -> Provider:
        """Who takes the payments; raises `ProviderUnavailable` if this service has nobody for it now."""
        if self._provider is None:
            raise ProviderUnavailable("This service has no account with a payment provider.")
        return self._provider

    def state_of(self, payment: Payment) -> Intent:
        """Return the state of an attempt, which is made at the provider unless it is there.

        Raises `ProviderUnavailable` and `ProviderRefused`.
        """
        known = payment.get("provider_id")
        return self.provider.fetch(known) if known else self.provider.open(order_of(payment))

    def closed(self, payment: Payment) -> Intent:
        """Have nobody pay an attempt any more, and return its state then, which may be that it was too late.

        An attempt whose opening was interrupted may be there already, so it is opened first. Raises as `state_of`.
        """
        known = payment.get("provider_id") or self.provider.open(order_of(payment)).id
        return self.provider.cancel(known)

    def apply(self, payment: Payment, intent: Intent, *, overdue: bool = False) -> Applied:
        """Apply a state of an attempt; if it is `overdue`, its booking expires, or is held for longer.

        Raises `PaymentMismatch`.
        """
        request: OfAttempt
        booking_id, payment_id = payment["booking_id"], payment["_id"]
        if intent.status == SUCCEEDED:
            request = PaymentSucceeded(booking_id, payment_id, intent.id, intent.received, intent.currency)
        elif intent.status == CANCELLED:
            request = PaymentClosed(booking_id, payment_id, intent.id, expire=overdue)
        elif intent.status == PROCESSING and overdue:
            request = HoldKept(booking_id, payment_id, intent.id)
        else:
            tried = (intent.failure, intent.failed_attempt)
            request = PaymentNoted(booking_id, payment_id, intent.id, intent.status, *tried)
        return self.ask(payment, request)

    def give_up(self, payment: Payment, reason: str, *, overdue: bool = False) -> Applied:
        """Close an attempt that the provider has refused to open: it was never there, so nobody can pay it.

        If it is `overdue`, its booking expires.
        """
        refused = PaymentClosed(payment["booking_id"], payment["_id"], failure=reason, expire=overdue)
        return self.ask(payment, refused)

    def ask(self, payment: Payment, request: OfAttempt) -> Applied:
        """Apply a request about an attempt."""
        applied: Applied = self._sales.apply(payment["event_id"], request)
        return applied


def order_of(payment: Payment) -> PaymentOrder:
    """Return what the provider is asked for: always the same, so that it is one payment there however often."""
    return PaymentOrder(
        payment_id=str(payment["_id"]),
        booking_id=str(payment["booking_id"]),
        event_id=str(payment["event_id"]),
        amount=payment["amount"],
        currency=payment["currency"],
        description=f"Booking {payment['booking_id']}",
    )
