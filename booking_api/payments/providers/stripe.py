"""Stripe behind the port: a PaymentIntent for each payment, refunds of it, and Stripe's messages.

Importing this imports Stripe's library, which takes 0.13 s of CPU and 23 MB: import it only where a key is set
(`choosing.py`). https://docs.stripe.com/api/payment_intents
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import stripe

from . import port, stripe_events
from .port import Intent, PaymentOrder, ProviderEvent, ProviderRefused, ProviderUnavailable, RefundResult
from .stripe_amounts import from_stripe, to_stripe
from .stripe_http import CALL_SECONDS, RETRIES, BoundedClient
from .stripe_refusals import translated

API_VERSION = "2026-10-28.endive"  # what the pinned library was made for; an account's own version may be another
LONGEST_DESCRIPTION = 1000
REFUNDS_A_PAGE = 100
MOST_REFUND_PAGES = 10
REPLAYED = "idempotent-replayed"  # the header of an answer that was given before, and shows the state of then
STATUSES = {
    "requires_payment_method": port.OPEN,
    "requires_confirmation": port.OPEN,
    "requires_action": port.OPEN,
    "processing": port.PROCESSING,
    "succeeded": port.SUCCEEDED,
    "canceled": port.CANCELLED,
}
REFUND_STATUSES = {"succeeded": port.SUCCEEDED, "failed": port.FAILED, "canceled": port.FAILED}

stripe.enable_telemetry = False
# Below that level it logs whole answers, with client secrets.
logging.getLogger("stripe").setLevel(logging.WARNING)


class StripeProvider:
    """A `Provider`. Its client is made with the first call, which is after the fork.

    Stripe remembers an idempotency key for at least 24 hours: `open` may be repeated for so long, `refund` for ever. An
    error of Stripe's own (500) may be kept under the key for as long, so that every repetition hears of it again.
    """

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str | None,
        api_url: str | None = None,
        *,
        call_seconds: float = CALL_SECONDS,
    ):
        self._secret_key = secret_key
        self._webhook_secret = webhook_secret
        self._api_url = api_url
        self._call_seconds = call_seconds
        self._live = "_live_" in secret_key

    def open(self, order: PaymentOrder) -> Intent:
        """Make a PaymentIntent for immediate payment, once for each `payment_id`; returns its present state."""
        params: stripe.params.PaymentIntentCreateParams = {
            "amount": to_stripe(order.amount, order.currency),
            "currency": order.currency.lower(),
            # Cards, and wallets on top of them: every account has them, and none takes days. Automatic methods would
            # bring bank debits too, even without redirects; since this API version `payment_method_types` is refused:
            # https://docs.stripe.com/changelog/endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents
            "allowed_payment_method_types": ["card"],
            "description": order.description[:LONGEST_DESCRIPTION],
            "metadata": {
                "payment_id": order.payment_id,
                "booking_id": order.booking_id,
                "event_id": order.event_id,
            },
        }
        with translated():
            made = self._intents.create(params, {"idempotency_key": f"payment-{order.payment_id}"})
        response = made.last_response
        if response is not None and response.headers.get(REPLAYED) == "true":
            return self.fetch(made.id)
        return _intent(made.to_dict())

    def fetch(self, intent_id: str) -> Intent:
        """Return the state of a PaymentIntent."""
        with translated():
            return _intent(self._intents.retrieve(intent_id).to_dict())

    def cancel(self, intent_id: str) -> Intent:
        """Cancel a PaymentIntent unless it is too late; returns its state after that."""
        try:
            with translated():
                return _intent(self._intents.cancel(intent_id, {"cancellation_reason": "abandoned"}).to_dict())
        except ProviderRefused as refused:
            if refused.reason != port.WRONG_STATE:
                raise
        found = self.fetch(intent_id)
        if found.status == port.OPEN:
            raise ProviderUnavailable("Stripe did not cancel a payment that is still open.")
        return found

    def refund(self, refund_id: str, intent_id: str, amount: int, currency: str) -> RefundResult:
        """Refund a part of a PaymentIntent, or all of it, once for each `refund_id`."""
        sent = to_stripe(amount, currency)
        # The idempotency key is forgotten after a day, and a job may be repeated after that.
        known = self._known_refund(refund_id, intent_id)
        if known is not None:
            return known
        params: stripe.params.RefundCreateParams = {
            "payment_intent": intent_id,
            "amount": sent,
            "metadata": {"refund_id": refund_id},
            "expand": ["payment_intent"],
        }
        with translated(refunding=True):
            made = self._refunds.create(params, {"idempotency_key": f"refund-{refund_id}"})
        return _refund(made.to_dict())

    def fetch_refund(self, id: str) -> RefundResult:
        """Return the state of a refund."""
        with translated():
            return _refund(self._refunds.retrieve(id, {"expand": ["payment_intent"]}).to_dict())

    def read_event(self, body: bytes, signature: str) -> ProviderEvent | None:
        """Return what a message of Stripe's is about; needs no call."""
        return stripe_events.read(body, signature, self._webhook_secret, live=self._live)

    def _known_refund(self, refund_id: str, intent_id: str) -> RefundResult | None:
        after: stripe.params.RefundListParams = {}
        for _ in range(MOST_REFUND_PAGES):
            with translated(refunding=True):
                page = self._refunds.list(
                    {"payment_intent": intent_id, "limit": REFUNDS_A_PAGE, "expand": ["data.payment_intent"], **after}
                ).to_dict()
            refunds = page.get("data") or []
            for refund in refunds:
                if _metadata(refund).get("refund_id") == refund_id:
                    return _refund(refund)
            if not page.get("has_more") or not refunds:
                break
            after = {"starting_after": refunds[-1]["id"]}
        return None

    @property
    def _intents(self) -> stripe.PaymentIntentService:
        return self._client.v1.payment_intents

    @property
    def _refunds(self) -> stripe.RefundService:
        return self._client.v1.refunds

    @cached_property
    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            self._secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": self._api_url} if self._api_url else {},
            max_network_retries=RETRIES,
            http_client=BoundedClient(self._api_url, self._call_seconds),
        )


def _intent(found: Mapping[str, Any]) -> Intent:
    """Return a PaymentIntent as the port has it; a field that is missing is as one that is null."""
    currency = str(found.get("currency") or "").upper()
    error = found.get("last_payment_error") or {}
    method = error.get("payment_method") or {}
    return Intent(
        id=str(found.get("id") or ""),
        # What we do not know is not open and not over.
        status=STATUSES.get(found.get("status") or "", port.PROCESSING),
        amount=from_stripe(found.get("amount") or 0, currency),
        received=from_stripe(found.get("amount_received") or 0, currency),
        currency=currency,
        client_secret=found.get("client_secret"),
        payment_id=_metadata(found).get("payment_id"),
        failure=error.get("decline_code") or error.get("code"),
        # A decline without a charge, as of a failed authentication, is known by what was tried.
        failed_attempt=error.get("charge") or (method.get("id") if isinstance(method, Mapping) else method),
    )


def _refund(found: Mapping[str, Any]) -> RefundResult:
    """Return a refund as the port has it."""
    currency = str(found.get("currency") or "").upper()
    intent = found.get("payment_intent")
    return RefundResult(
        id=str(found.get("id") or ""),
        status=REFUND_STATUSES.get(found.get("status") or "", port.PENDING),
        amount=from_stripe(found.get("amount") or 0, currency),
        currency=currency,
        refund_id=_metadata(found).get("refund_id"),
        payment_id=_metadata(intent).get("payment_id") if isinstance(intent, Mapping) else None,
        failure=found.get("failure_reason"),
        intent_id=intent.get("id") if isinstance(intent, Mapping) else intent,
    )


def _metadata(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found.get("metadata") or {}
