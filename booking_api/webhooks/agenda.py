"""When each webhook is served next."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId

from ..jobs.facts import Fact
from ..jobs.model import Job
from ..jobs.schedule import Schedule
from ..storage.client import Transactions, UnitOfWork
from .delivery_store import DeliveryStore
from .facts import DELIVERIES_DUE, SLOW_DELIVERIES_DUE, WEBHOOK_BEHIND, Behind, OfWebhook
from .following import STALE_SECONDS
from .model import Webhook
from .rules import ACTIVE, is_leased, is_slow
from .store import WebhookStore

ROOM_AFTER = timedelta(minutes=2)  # how often a full webhook is looked at
SLOW_COMMIT_SECONDS = 10.0
CLOCKS_DIFFER_SECONDS = 60.0


class Agenda:
    """Schedules the jobs of webhooks: one that delivers for each webhook, and one that catches up.

    Nobody wakes a webhook that somebody is delivering to. He who delivers gives back the lease first, and then looks
    for what is due in the transaction that schedules the job (`put_next`). So he either sees what was added, or
    collides with who wakes it; and if he dies, his job is run again.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        deliveries: DeliveryStore,
        schedule: Schedule,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._schedule = schedule
        self._transactions = transactions
        self._clock = clock
        # In this time every process hears of a webhook, and what they had begun by then is committed.
        self._heard_of_after = timedelta(seconds=STALE_SECONDS + transactions.seconds + SLOW_COMMIT_SECONDS)
        # A change that was committed after some moment has a time that is at most so much before it.
        self.overlap = timedelta(seconds=transactions.seconds + CLOCKS_DIFFER_SECONDS)

    def wake(self, webhook_id: ObjectId) -> None:
        """Have the deliveries of a webhook made that are due now; return at once."""
        now = self._clock()
        webhook = self._webhooks.find(webhook_id)
        if webhook is None or webhook["status"] != ACTIVE or is_leased(webhook, now):
            return
        self._transactions.run(lambda unit: self.put(unit, webhook, now, or_sooner=True))

    def put(self, unit: UnitOfWork, webhook: Webhook, due_at: datetime, *, or_sooner: bool = False) -> None:
        """Schedule the next deliveries of a webhook, but not before its pause is over."""
        due_at = max(due_at, webhook["paused_until"] or due_at)
        payload = OfWebhook(webhook_id=webhook["_id"])
        fact = _fact(webhook, self._clock())
        self._schedule.put(unit, fact, str(webhook["_id"]), payload, due_at, or_sooner=or_sooner)

    def put_next(self, unit: UnitOfWork, webhook: Webhook) -> None:
        """Schedule the job of a webhook for when its next delivery is due, if one is pending."""
        due_at = self._deliveries.next_due_at(webhook["_id"], unit.session)
        if due_at is not None:
            self.put(unit, webhook, max(due_at, self._clock()))

    def catch_up(self, unit: UnitOfWork, webhook_id: ObjectId, *, all_events: bool) -> None:
        """Look for changes that a webhook missed because other processes did not know yet that it is active."""
        behind: Behind = {"webhook_id": webhook_id, "all_events": all_events, "after": None}
        self._schedule.put(unit, WEBHOOK_BEHIND, str(webhook_id), behind, self._clock() + self._heard_of_after)

    def catch_up_when_there_is_room(self, webhook_id: ObjectId) -> None:
        """Take over later what a webhook has no room for now; not later, however often it is said."""
        behind: Behind = {"webhook_id": webhook_id, "all_events": True, "after": None}
        due_at = self._clock() + ROOM_AFTER
        self._transactions.run(
            lambda unit: self._schedule.put(unit, WEBHOOK_BEHIND, str(webhook_id), behind, due_at, or_sooner=True)
        )

    def go_on_catching_up(self, job: Job, after: ObjectId | None) -> None:
        """Have the job that is catching up run again for the events with ids above `after`, unless it begins anew."""
        rest = job["payload"] | {"after": after}
        self._transactions.run(lambda unit: self._schedule.again(unit, job, rest, self._clock()))

    def clear(self, unit: UnitOfWork, webhook_id: ObjectId) -> None:
        """Remove all jobs of a webhook."""
        for fact in (DELIVERIES_DUE, SLOW_DELIVERIES_DUE):
            self._schedule.remove(unit, fact, str(webhook_id))
        self._schedule.remove(unit, WEBHOOK_BEHIND, str(webhook_id))


def _fact(webhook: Webhook, now: datetime) -> Fact[OfWebhook]:
    return SLOW_DELIVERIES_DUE if is_slow(webhook, now) else DELIVERIES_DUE
