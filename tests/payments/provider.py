"""A provider in memory for tests: it can be away, refuse, be late to answer, and its customers pay or are declined."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from booking_api.payments.providers.port import (
    CANCELLED,
    OPEN,
    PENDING,
    PROCESSING,
    SUCCEEDED,
    Intent,
    InvalidEvent,
    ProviderEvent,
    ProviderRefused,
    ProviderUnavailable,
    RefundResult,
)


class MemoryProvider:
    """Implements the port. `calls` are the names of what was asked; `before` may raise or do something at each."""

    def __init__(self):
        self.intents, self.calls = {}, []
        self.before = lambda call: None

    def away(self, *calls):
        """Do not answer these calls, or any, from now on."""
        self._raise(ProviderUnavailable("away"), calls)

    def refuse(self, reason, *calls):
        """Refuse these calls, or any, from now on."""
        self._raise(ProviderRefused(reason), calls)

    def back(self):
        """Answer again."""
        self.before = lambda call: None

    def open(self, order):
        """Make an intent, once for each payment."""
        self._called("open")
        id = f"pi_{order.payment_id}"
        made = Intent(id, OPEN, order.amount, 0, order.currency, f"{id}_secret", order.payment_id)
        return self.intents.setdefault(id, made)

    def fetch(self, intent_id):
        """Its state."""
        self._called("fetch")
        return self._find(intent_id)

    def cancel(self, intent_id):
        """Cancel it unless it is too late."""
        self._called("cancel")
        if self._find(intent_id).status == OPEN:
            self._set(intent_id, status=CANCELLED)
        return self._find(intent_id)

    def refund(self, refund_id, intent_id, amount, currency):
        """A refund on its way."""
        self._called("refund")
        return RefundResult(f"re_{refund_id}", PENDING, amount, currency, refund_id, None)

    def fetch_refund(self, id):
        """Its state."""
        self._called("fetch_refund")
        return RefundResult(id, SUCCEEDED, 0, "EUR", None, None)

    def read_event(self, body, signature):
        """What a message is about, if it is signed."""
        if signature != "signed":
            raise InvalidEvent("The signature is wrong.")
        told = json.loads(body)
        if told.get("ignored"):
            return None
        about = [told.get(name) for name in ("intent_id", "refund_id", "payment_id")]
        return ProviderEvent(told["id"], "payment_intent.succeeded", *about, datetime.now(UTC))

    def pay(self, payment_id, **changes):
        """The customer pays."""
        intent = self.intents[f"pi_{payment_id}"]
        assert intent.status != CANCELLED
        self._set(intent.id, **{"status": SUCCEEDED, "received": intent.amount} | changes)

    def process(self, payment_id):
        """The bank has not answered yet."""
        self._set(f"pi_{payment_id}", status=PROCESSING)

    def decline(self, payment_id, failure="card_declined", attempt="ch_1"):
        """The bank declines a try."""
        self._set(f"pi_{payment_id}", status=OPEN, failure=failure, failed_attempt=attempt)

    def _raise(self, error, calls):
        def before(call):
            if not calls or call in calls:
                raise error

        self.before = before

    def _called(self, call):
        self.calls.append(call)
        self.before(call)

    def _find(self, intent_id):
        if intent_id not in self.intents:
            raise ProviderRefused("not_found")
        return self.intents[intent_id]

    def _set(self, intent_id, **changes):
        self.intents[intent_id] = replace(self._find(intent_id), **changes)
