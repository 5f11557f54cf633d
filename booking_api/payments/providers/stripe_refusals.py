"""What Stripe's errors mean for us: try later, or refused for good.

https://docs.stripe.com/error-codes and https://docs.stripe.com/error-low-level. Stripe's own sentences are dropped, and
so is the chain of errors: they may quote a key, or an answer with a client secret.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from . import port
from .port import ProviderRefused, ProviderUnavailable

UNEXPECTED_STATE = "payment_intent_unexpected_state"
CONFLICT, TOO_MANY = 409, 429  # another request with the same key or for the same object runs; too many of them do
TRY_LATER = {"lock_timeout", "idempotency_key_in_use", "rate_limit"}
REASONS = {
    "amount_too_small": port.AMOUNT_TOO_SMALL,
    "amount_too_large": port.AMOUNT_TOO_LARGE,
    "charge_already_refunded": port.REFUND_EXCEEDS_PAYMENT,
    "charge_disputed": port.DISPUTED,
    "balance_insufficient": port.INSUFFICIENT_BALANCE,
    "insufficient_funds": port.INSUFFICIENT_BALANCE,
    "resource_missing": port.NOT_FOUND,
}
LONGEST_DETAIL = 80


@contextmanager
def translated(*, refunding: bool = False) -> Iterator[None]:
    """Raise `ProviderUnavailable` or `ProviderRefused` for what Stripe's library raises in the block."""
    try:
        yield
    except stripe.StripeError as error:
        raise _meaning(error, refunding=refunding) from None


def _meaning(error: stripe.StripeError, *, refunding: bool) -> ProviderUnavailable | ProviderRefused:
    status, code = error.http_status, error.code or getattr(error.error, "code", None)
    detail = _detail(error, code)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        # The operator can mend that, and then the same call succeeds.
        return ProviderUnavailable(f"Stripe refuses STRIPE_SECRET_KEY: it is wrong, expired or restricted ({detail}).")
    if status is None:
        return ProviderUnavailable(f"Stripe did not answer ({type(error).__name__}).")
    if not 400 <= status < 500 or status in (CONFLICT, TOO_MANY) or code in TRY_LATER:
        return ProviderUnavailable(f"Stripe asks to try later ({detail}).")
    return ProviderRefused(_reason(error, code, refunding=refunding), detail)


def _reason(error: stripe.StripeError, code: str | None, *, refunding: bool) -> str:
    if isinstance(error, stripe.IdempotencyError):
        return port.MISMATCH
    if code in REASONS:
        return REASONS[code]
    param = getattr(error, "param", None)
    if param == "currency":
        return port.CURRENCY_NOT_SUPPORTED
    if refunding and param == "amount" and not (code or "").startswith("parameter_"):
        return port.REFUND_EXCEEDS_PAYMENT  # Stripe gives no code for it
    if code == UNEXPECTED_STATE:
        return port.NOTHING_TO_REFUND if refunding else port.WRONG_STATE
    return port.REFUSED


def _detail(error: stripe.StripeError, code: str | None) -> str:
    """Return what an operator needs to find the call in Stripe's dashboard; none of it is secret."""
    parts = (error.http_status, code, getattr(error, "param", None), error.request_id)
    return " ".join(str(part)[:LONGEST_DETAIL] for part in parts if part)
