"""What this service asks of whoever takes the money, and what it may hear back. Knows no provider.

Amounts are integers of the currency's minor unit as ISO 4217 has it, and currencies are its codes in capitals, as
everywhere in this service; a provider that counts otherwise converts. No error's text has a key or a client secret.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

# Of a payment: the customer may still pay; the bank has not answered yet; paid; never to be paid.
OPEN, PROCESSING, SUCCEEDED, CANCELLED = INTENT_STATUSES = ("open", "processing", "succeeded", "cancelled")
# Of a refund, which shares `SUCCEEDED`: on its way; and given up by the provider, which keeps the money.
PENDING, FAILED = ("pending", "failed")
REFUND_STATUSES = (PENDING, SUCCEEDED, FAILED)

# Why a provider refuses for good: `ProviderRefused.reason`.
AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE = "amount_too_small", "amount_too_large"
CURRENCY_NOT_SUPPORTED = "currency_not_supported"
AMOUNT_NOT_EXPRESSIBLE = "amount_not_expressible"  # the provider has no unit as small as that
REFUND_EXCEEDS_PAYMENT = "refund_exceeds_payment"
NOTHING_TO_REFUND = "nothing_to_refund"  # the payment did not succeed
NOT_FOUND = "not_found"
DISPUTED = "disputed"  # the customer's bank has the money and decides
INSUFFICIENT_BALANCE = "insufficient_balance"  # the account has less than what is to go back
MISMATCH = "mismatch"  # the idempotency key was used with other content: our id stands for something else already
WRONG_STATE = "wrong_state"  # the payment is not in a state that allows this
REFUSED = "refused"  # anything else


class ProviderUnavailable(Exception):
    """The provider did not answer, refuses the key, or asks to try later: ask again later.

    What was asked may have happened or not.
    """


class ProviderRefused(Exception):
    """The provider refuses for good: asking the same again changes nothing. `reason` is one of those above."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class InvalidEvent(Exception):
    """A message that claims to be the provider's is not, is too old, or is not meant for us; the text says why."""


@dataclass(frozen=True)
class PaymentOrder:
    """What is to be paid."""

    payment_id: str  # ours; the provider knows the payment by it, once
    booking_id: str
    event_id: str
    amount: int
    currency: str
    description: str


@dataclass(frozen=True)
class Intent:
    """The state of a payment at the provider."""

    id: str
    status: str  # one of `INTENT_STATUSES`
    amount: int
    received: int  # 0 unless it succeeded
    currency: str
    client_secret: str | None = field(repr=False)  # with it the customer's browser pays
    payment_id: str | None  # ours
    failure: str | None = None  # the code of the latest decline
    failed_attempt: str | None = None  # tells one decline from the next


@dataclass(frozen=True)
class RefundResult:
    """The state of a refund at the provider."""

    id: str
    status: str  # one of `REFUND_STATUSES`
    amount: int
    currency: str
    refund_id: str | None  # ours
    payment_id: str | None  # ours
    failure: str | None = None  # why it failed
    intent_id: str | None = None  # of which payment, by the provider's own id


@dataclass(frozen=True)
class ProviderEvent:
    """A message of the provider: a hint, which says of what the state is to be fetched and not what it is."""

    id: str  # the provider may send one more than once
    type: str  # in the provider's own words
    intent_id: str | None
    refund_id: str | None  # the provider's, as `fetch_refund` takes it
    payment_id: str | None  # ours
    created_at: datetime


class Refunding(Protocol):
    """Who gives money back. Where people hand it over, this is all there is to ask."""

    def refund(self, refund_id: str, intent_id: str, amount: int, currency: str) -> RefundResult:
        """Send money of a payment back, once for each `refund_id`: again returns the same refund.

        Raises `ProviderUnavailable`; and `ProviderRefused`, if more would go back than was paid.
        """
        ...


class Provider(Refunding, Protocol):
    """Who takes money by itself, from customers who pay over the internet."""

    def open(self, order: PaymentOrder) -> Intent:
        """Make a payment that the customer can pay, once for each `payment_id`: again returns the same one.

        Raises `ProviderUnavailable` and `ProviderRefused`.
        """
        ...

    def fetch(self, intent_id: str) -> Intent:
        """Return the state of a payment. Raises `ProviderUnavailable` and `ProviderRefused`."""
        ...

    def cancel(self, intent_id: str) -> Intent:
        """Have nobody pay a payment any more, and return its state after that.

        It is `CANCELLED`; or `SUCCEEDED` or `PROCESSING`, if it was too late. Raises `ProviderUnavailable`, and
        `ProviderRefused` if there is no such payment.
        """
        ...

    def fetch_refund(self, id: str) -> RefundResult:
        """Return the state of a refund by the provider's own id. Raises `ProviderUnavailable` and `ProviderRefused`."""
        ...

    def read_event(self, body: bytes, signature: str) -> ProviderEvent | None:
        """Return what a message of the provider is about, or None if that is nothing of ours.

        Raises `InvalidEvent` for a wrong or old signature, and for what another account or another mode has sent.
        """
        ...
