"""Asks the provider to give money back, outside any transaction, and records what becomes of that.

The provider knows a refund by a name: asked again under the same name it does nothing new. So a job that ends anywhere
is run again without harm. It gets another name only after the provider has refused it, when nothing can come of the
one before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from ..bookings.sales import Sales
from ..jobs.model import Job
from ..jobs.outbox import PermanentFailure
from ..storage.deadline import deadline
from .model import Refund
from .providers import port
from .providers.port import Provider, ProviderRefused, ProviderUnavailable, RefundResult
from .refund_requests import RefundDone, RefundFailed
from .refund_rules import name_at_provider, named
from .store import PaymentStore, RefundStore

CALL_SECONDS = 40.0  # for all calls of a job, which is claimed for 60
LONGEST_PENDING = timedelta(days=30)  # then somebody has to ask the provider


class RefundPending(Exception):
    """The provider has not given the money back yet: look again later."""


class RefundExecution:
    """Executes refunds that were made in transactions."""

    def __init__(
        self,
        payments: PaymentStore,
        refunds: RefundStore,
        sales: Sales,
        provider: Provider | None,
        clock: Callable[[], datetime],
    ):
        self._payments = payments
        self._refunds = refunds
        self._sales = sales
        self._provider = provider
        self._clock = clock

    def execute(self, job: Job) -> None:
        """Have the money of a refund go back, or see whether it has; the job of each. Raises until it has.

        If the provider refuses, the job has failed for good; once it is made pending again by hand, the provider is
        asked anew.
        """
        refund = self._refunds.find(job["payload"]["refund_id"])
        if refund is not None and refund["status"] == port.FAILED:
            if not _is_tried_by_hand(job):
                raise PermanentFailure(f"The provider has not given it back: {refund.get('failure')}.")
            self._refunds.reopen(refund)
            refund = self._refunds.find(refund["_id"])
        if refund is None or refund["status"] != port.PENDING:
            return
        try:
            result = self._ask(refund)
        except ProviderRefused as refused:
            self._record_failure(refund, refused.reason)
            raise PermanentFailure(f"The provider refuses it: {refused}.") from None
        self._record(refund, result)
        if result.status == port.FAILED:
            raise PermanentFailure(f"The provider could not give it back: {result.failure}.")
        if result.status == port.PENDING:
            if self._clock() - refund["created_at"] > LONGEST_PENDING:
                raise PermanentFailure(f"The provider's {result.id} is pending for too long: look at it there.")
            raise RefundPending(f"The provider's {result.id} is pending.")

    def refund_changed(self, provider_refund_id: str) -> None:
        """Look at a refund of which the provider says that something has changed; it may be none of ours.

        Raises `ProviderUnavailable`, and `PermanentFailure` if the provider does not know it.
        """
        try:
            with deadline(CALL_SECONDS):
                result = self._connected().fetch_refund(provider_refund_id)
        except ProviderRefused as refused:
            raise PermanentFailure(f"The provider does not show {provider_refund_id}: {refused}.") from None
        known = named(result.refund_id)
        refund = self._refunds.find(known[0]) if known else None
        if known and refund is not None and refund.get("tries", 0) == known[1]:
            self._require_same(refund, result)
            self._record(refund, result)

    def _connected(self) -> Provider:
        if self._provider is None:
            raise ProviderUnavailable("No provider is set: STRIPE_SECRET_KEY is missing.")
        return self._provider

    def _ask(self, refund: Refund) -> RefundResult:
        provider = self._connected()
        payment = self._payments.find(refund["payment_id"])
        intent_id = payment.get("provider_id") if payment is not None else None
        if intent_id is None:
            raise PermanentFailure(f"The provider does not know payment {refund['payment_id']}.")
        with deadline(CALL_SECONDS):
            if "provider_id" in refund:
                return provider.fetch_refund(refund["provider_id"])
            name = name_at_provider(refund["_id"], refund.get("tries", 0))
            return provider.refund(name, intent_id, refund["amount"], refund["currency"])

    def _require_same(self, refund: Refund, result: RefundResult) -> None:
        """Raise `PermanentFailure` for what only bears the name of our refund: another program has made it."""
        payment = self._payments.find(refund["payment_id"])
        ours = payment.get("provider_id") if payment is not None else None
        if result.intent_id != ours or refund.get("provider_id", result.id) != result.id:
            raise PermanentFailure(f"The provider's {result.id} is named like refund {refund['_id']}, and is another.")

    def _record(self, refund: Refund, result: RefundResult) -> None:
        """Record the state of a refund at the provider; raises `PermanentFailure` if it is of another amount."""
        if result.status == port.FAILED:
            self._record_failure(refund, result.failure or port.REFUSED)
            return
        if (result.amount, result.currency) != (refund["amount"], refund["currency"]):
            raise PermanentFailure(f"The provider's {result.id} is of {result.amount} {result.currency}.")
        if result.status == port.SUCCEEDED:
            done = RefundDone(refund["booking_id"], refund["_id"], refund.get("tries", 0), result.id)
            self._sales.apply(refund["event_id"], done)
        elif refund.get("provider_id") != result.id:
            self._refunds.note(refund, result.id)

    def _record_failure(self, refund: Refund, failure: str) -> None:
        failed = RefundFailed(refund["booking_id"], refund["_id"], refund.get("tries", 0), failure)
        self._sales.apply(refund["event_id"], failed)


def _is_tried_by_hand(job: Job) -> bool:
    """Return whether a job that had failed was made pending by hand: then its attempts are counted anew."""
    return job["attempts"] == 1 and "last_error" in job
