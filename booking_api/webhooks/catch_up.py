"""Finds the changes that a webhook has missed: by the cursors, so that what it has is not told again."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from bson import ObjectId

from ..events.change_store import ChangeStore
from ..events.reader import EventReader
from ..jobs.model import Job
from .agenda import Agenda
from .cursor_store import CursorStore
from .follower import Follower
from .model import Webhook
from .rules import ACTIVE
from .store import WebhookStore

EVENTS_A_JOB = 200
LONGEST_SECONDS = 20.0  # of a job, far below the lease
LATELY = timedelta(minutes=10)
FIRST = ObjectId("0" * 24)
FULL, INTERRUPTED, DONE = "full", "interrupted", "done"


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
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._webhooks = webhooks
        self._cursors = cursors
        self._changes = changes
        self._events = events
        self._follower = follower
        self._agenda = agenda
        self._clock = clock
        self._monotonic = monotonic

    def run(self, job: Job) -> None:
        """Look at some events of the webhook that a job names, and have the job run again for the rest."""
        webhook_id, all_events = job["payload"]["webhook_id"], job["payload"]["all_events"]
        webhook = self._webhooks.find(webhook_id)
        if webhook is None or webhook["status"] != ACTIVE:
            return
        after = job["payload"]["after"]
        page = self._page(webhook, after, all_events=all_events)
        outcome = self._take_over(webhook, page.event_ids)
        if outcome == FULL:
            # All over again: events that were looked at may have found no room for what they did since.
            self._agenda.catch_up_when_there_is_room(webhook_id)
        elif outcome == INTERRUPTED:
            self._agenda.go_on_catching_up(job, after)  # what was taken over is skipped then
        elif page.next_after is not None:
            self._agenda.go_on_catching_up(job, page.next_after)
        self._agenda.wake(webhook_id)

    def _take_over(self, webhook: Webhook, event_ids: Iterable[ObjectId]) -> str:
        """Take over what these events have, as far as there is room and time."""
        latest = self._monotonic() + LONGEST_SECONDS
        for event_id in event_ids:
            newest = self._changes.newest(event_id)
            if newest is None or (self._cursors.find(webhook["_id"], event_id) or 0) >= newest[1]:
                continue
            if self._follower.take_over(webhook, event_id, newest[1]).is_full:
                return FULL
            if self._monotonic() > latest:
                return INTERRUPTED
        return DONE

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
