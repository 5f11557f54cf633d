"""Delivers to one webhook at a time what is due there: one run of it, by whoever holds its lease."""

import logging
import random
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from . import rules
from .agenda import Agenda
from .delivery_store import DeliveryStore
from .facts import WEBHOOK_DELETED, WEBHOOK_DISABLED, OfWebhook
from .model import Delivery, Webhook
from .postman import Postman
from .rules import ACTIVE
from .signing_keys import SigningKeys
from .store import WebhookStore

log = logging.getLogger(__name__)

MOST_A_RUN = 200
# With the last attempt, which may take 15 s, this is far below the lease of 60 s.
RUN_SECONDS = 20.0
READ_AT_ONCE = 50
NOTED_EVERY = timedelta(seconds=1)


class Deliverer:
    """Posts the due deliveries of a webhook one by one, and schedules the next run.

    A receiver takes one thread at most. After a time-out the webhook pauses, and what else is due there waits without
    being counted as tried.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        deliveries: DeliveryStore,
        keys: SigningKeys,
        postman: Postman,
        agenda: Agenda,
        outbox: Outbox,
        transactions: Transactions,
        clock: Callable[[], datetime],
        is_stopping: Callable[[], bool],
        jitter: Callable[[], float] = random.random,
    ):
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._keys = keys
        self._postman = postman
        self._agenda = agenda
        self._outbox = outbox
        self._transactions = transactions
        self._clock = clock
        self._is_stopping = is_stopping
        self._jitter = jitter

    def run(self, job: Job) -> None:
        """Deliver what is due to the webhook that a job names, within `RUN_SECONDS` and one attempt."""
        webhook_id, lease = job["payload"]["webhook_id"], secrets.token_hex(8)
        webhook = self._webhooks.take(webhook_id, lease, self._clock())
        if webhook is None:
            self._not_now(webhook_id)
            return
        try:
            self._deliver(webhook)
        finally:
            self._webhooks.release(webhook_id, lease)
        self._transactions.run(lambda unit: self._schedule_next(unit, webhook_id))

    def _deliver(self, webhook: Webhook) -> None:
        latest, left = time.monotonic() + RUN_SECONDS, MOST_A_RUN
        was_slow = rules.is_slow(webhook, self._clock())
        current: Webhook | None = webhook
        while current is not None and current["status"] == ACTIVE:
            signed_with = self._keys.live(current)
            due = self._deliveries.find_due(current["_id"], self._clock(), READ_AT_ONCE)
            for delivery in due:
                current = self._attempt(current, signed_with, delivery)
                left -= 1
                now = self._clock()
                goes_on = current["status"] == ACTIVE and not rules.is_paused(current, now)
                became_slow = rules.is_slow(current, now) and not was_slow
                is_over = not left or time.monotonic() > latest or self._is_stopping()
                if is_over or not goes_on or became_slow:
                    return
            if not due:
                return
            current = self._webhooks.find(current["_id"])  # its owner may have changed it

    def _attempt(self, webhook: Webhook, signed_with: list[str], delivery: Delivery) -> Webhook:
        """Make an attempt, note it, and return the webhook as it is afterwards."""
        attempt, answer = self._postman.post(webhook["url"], signed_with, delivery)
        now, seconds = self._clock(), attempt["duration_ms"] / 1000
        if answer.accepted:
            self._deliveries.delivered(delivery, attempt)
            return self._changed(webhook, rules.after_success(now, seconds))
        due_at = rules.next_due(delivery, webhook, now, self._jitter())
        self._deliveries.tried(delivery, attempt, due_at)
        changes = rules.after_failure(webhook, now, seconds, timed_out=answer.timed_out, random=self._jitter())
        changed = self._changed(webhook, changes)
        reason = rules.reason_to_disable(changed, attempt["status"], now)
        return changed if reason is None else self._disabled(changed, reason)

    def _changed(self, webhook: Webhook, changes: dict[str, Any]) -> Webhook:
        """Store what has changed, but the time of the last of many successes only about once a second."""
        known: dict[str, Any] = dict(webhook)
        different = {name: value for name, value in changes.items() if known[name] != value}
        last = webhook["last_delivery_at"]
        if different.keys() == {"last_delivery_at"} and last and changes["last_delivery_at"] - last < NOTED_EVERY:
            return webhook
        return self._webhooks.change(webhook["_id"], different) or webhook if different else webhook

    def _disabled(self, webhook: Webhook, reason: str) -> Webhook:
        log.warning("Webhook %s is disabled: %s.", webhook["_id"], reason)

        def attempt(unit: UnitOfWork) -> Webhook:
            disabled = self._webhooks.disable(webhook, rules.disabled(reason, self._clock()), unit.session)
            if disabled is None:  # its owner was quicker
                return webhook
            self._outbox.record(unit, WEBHOOK_DISABLED, [OfWebhook(webhook_id=webhook["_id"])])
            return disabled

        return self._transactions.run(attempt)

    def _schedule_next(self, unit: UnitOfWork, webhook_id: ObjectId) -> None:
        webhook = self._webhooks.find(webhook_id, unit.session)
        if webhook is not None and webhook["status"] == ACTIVE:
            self._agenda.put_next(unit, webhook)

    def _not_now(self, webhook_id: ObjectId) -> None:
        webhook = self._webhooks.find(webhook_id)

        def attempt(unit: UnitOfWork) -> None:
            if webhook is None:  # it was deleted while something was added for it
                self._outbox.record(unit, WEBHOOK_DELETED, [OfWebhook(webhook_id=webhook_id)])
            elif webhook["status"] == ACTIVE:
                # Whoever holds the lease schedules what comes next; this is in case that they die.
                now = self._clock()
                self._agenda.put(unit, webhook, max(webhook["lease_until"] or now, now))

        self._transactions.run(attempt)
