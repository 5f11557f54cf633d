"""Finds the changes that a webhook has missed: by the cursors, so that what it has is not told again."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from bson import ObjectId

from ..events.change_store import ChangeStore
from ..events.reader import EventReader
from ..jobs.model import Job
from ..storage.client import Transactions
from .agenda import ROOM_AFTER, Agenda
from .cursor_store import CursorStore
from .follower import Follower
from .model import Webhook
from .rules import ACTIVE
from .store import WebhookStore

EVENTS_A_JOB = 200
LONGEST_SECONDS = 20.0  # of a job, far below the lease
LATELY = timedelta(minutes=10)
FIRST = ObjectId("0" * 24)


class _Page(NamedTuple):
    event_ids: list[ObjectId]
    next_after: ObjectId | None


class CatchUp:
    """Takes over what nobody was told of: after a webhook was made or enabled, and after it had no room.

    A new webhook may have missed only what changed since. One that was disabled, or had no room, may have missed
    something of any event, so all are looked at, some in each job. Only what an event did that was deleted meanwhile,
    and of which the webhook was never told before, is not found.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        cursors: CursorStore,
        changes: ChangeStore,
        events: EventReader,
        follower: Follower,
        agenda: Agenda,
        transactions: Transactions,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._webhooks = webhooks
        self._cursors = cursors
        self._changes = changes
        self._events = events
        self._follower = follower
        self._agenda = agenda
        self._transactions = transactions
        self._clock = clock
        self._monotonic = monotonic

    def run(self, job: Job) -> None:
        """Look at some events of the webhook that a job names, and have the job run again for the rest."""
        webhook_id, all_events = job["payload"]["webhook_id"], job["payload"]["all_events"]
        webhook = self._webhooks.find(webhook_id)
        if webhook is None or webhook["status"] != ACTIVE:
            return
        page = self._page(webhook, job["payload"]["after"], all_events=all_events)
        wait = self._take_over(webhook, page.event_ids)
        if wait is not None or page.next_after is not None:
            # What was taken over is skipped when this page is looked at again.
            after = page.next_after if wait is None else job["payload"]["after"]
            self._transactions.run(
                lambda unit: self._agenda.go_on_catching_up(
                    unit, webhook_id, after, wait or timedelta(0), all_events=all_events
                )
            )
        self._agenda.wake(webhook_id)

    def _take_over(self, webhook: Webhook, event_ids: Iterable[ObjectId]) -> timedelta | None:
        """Take over what these events have; return after which time to look at them again, or None if all is done."""
        latest = self._monotonic() + LONGEST_SECONDS
        for event_id in event_ids:
            newest = self._changes.newest(event_id)
            if newest is None or (self._cursors.find(webhook["_id"], event_id) or 0) >= newest[1]:
                continue
            if self._follower.take_over(webhook, event_id, newest[1]).is_full:
                return ROOM_AFTER
            if self._monotonic() > latest:
                return timedelta(0)
        return None

    def _page(self, webhook: Webhook, after: ObjectId | None, *, all_events: bool) -> _Page:
        if webhook["event_id"] is not None:
            return _Page([webhook["event_id"]], None)
        if after is None:
            since = webhook["enabled_at"] - self._agenda.overlap
            if all_events:
                since = max(since, self._clock() - LATELY - self._agenda.overlap)
            # An event that was deleted meanwhile may be known to the changes alone.
            lately = sorted(self._changes.changed_since(webhook["organizer_id"], since))
            return _Page(lately, FIRST if all_events else None)
        present = self._events.ids_of_organizer(webhook["organizer_id"], after, EVENTS_A_JOB)
        told = self._cursors.events_of(webhook["_id"], after, EVENTS_A_JOB)
        event_ids = sorted({*present, *told})[:EVENTS_A_JOB]
        return _Page(event_ids, event_ids[-1] if len(event_ids) == EVENTS_A_JOB else None)
