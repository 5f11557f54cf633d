"""Takes what the feed of an event has into deliveries for the webhooks that follow it."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from bson import ObjectId

from ..events.change_store import ChangeStore
from ..jobs.kinds import Handler
from ..jobs.model import Job
from ..storage.client import Transactions, UnitOfWork
from .agenda import Agenda
from .cursor_store import CursorStore
from .deliveries import of_change
from .delivery_store import DeliveryStore
from .model import Webhook
from .rules import MOST_PENDING, wants
from .store import WebhookStore

CHANGES_A_TRANSACTION = 200


class Taken(NamedTuple):
    """Up to which change the deliveries of an event are there, how many were added, and whether there is no room."""

    reached: float
    added: int
    is_full: bool = False


NOTHING_LEFT = Taken(math.inf, 0)


class Follower:
    """Makes a delivery of each change that a webhook wants, once.

    A webhook has a cursor for each event: a transaction reads the changes behind it, adds their deliveries and moves
    it. Of two that do so at once one is replayed, and then finds nothing. What is behind the cursor is never lost, so
    a change that nobody was told of is taken over with the next one, or by `CatchUp`.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        cursors: CursorStore,
        deliveries: DeliveryStore,
        changes: ChangeStore,
        agenda: Agenda,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._webhooks = webhooks
        self._cursors = cursors
        self._deliveries = deliveries
        self._changes = changes
        self._agenda = agenda
        self._transactions = transactions
        self._clock = clock

    @contextmanager
    def follow(self, jobs: list[Job]) -> Iterator[Handler]:
        """Handle jobs that say that the feed of an event has grown: each event once, whatever their number."""
        followed: set[ObjectId] = set()
        owed: set[ObjectId] = set()

        def handle(job: Job) -> None:
            event_id = job["payload"]["event_id"]
            if event_id in followed:
                return  # all these jobs were committed before the first of them was begun
            owed.update(self._follow(event_id, again=job["attempts"] > 1))
            followed.add(event_id)

        yield handle
        # Afterwards, in a transaction of its own: those of several events would collide. If it fails, the jobs are
        # tried again, and `again` has them do this even if there is nothing new.
        for webhook_id in owed:
            self._agenda.wake(webhook_id)

    def take_over(self, webhook: Webhook, event_id: ObjectId, last: int) -> Taken:
        """Add the deliveries of a webhook for the changes of an event up to `last`, unless it has them."""
        added = 0
        while True:
            taken = self._transactions.run(lambda unit: self._take_over_some(unit, webhook, event_id))
            added += taken.added
            if taken.is_full or taken.reached >= last:
                return taken._replace(added=added)

    def _follow(self, event_id: ObjectId, *, again: bool) -> Iterator[ObjectId]:
        """Yield the webhooks to which something is owed now."""
        newest = self._changes.newest(event_id)
        if newest is None:
            return
        organizer_id, last = newest
        for webhook in self._webhooks.find_following(organizer_id, event_id):
            taken = self.take_over(webhook, event_id, last)
            if taken.is_full:
                self._agenda.catch_up_when_there_is_room(webhook["_id"])
            if taken.added or again:
                yield webhook["_id"]

    def _take_over_some(self, unit: UnitOfWork, webhook: Webhook, event_id: ObjectId) -> Taken:
        session, now = unit.session, self._clock()
        reached = self._cursors.find(webhook["_id"], event_id, session)
        if reached is None:
            reached = self._changes.last_before(event_id, webhook["follows_from"], session)
        changes = self._changes.read(event_id, reached, CHANGES_A_TRANSACTION, session)
        if not changes:
            return NOTHING_LEFT
        wanted = [each for each in changes if wants(webhook, each.change["type"])]
        if wanted:
            if self._deliveries.is_full(webhook["_id"], MOST_PENDING, session):
                return Taken(reached, 0, is_full=True)
            self._deliveries.insert([of_change(webhook, each, now) for each in wanted], session)
        self._cursors.move(webhook["_id"], event_id, changes[-1].sequence, now, session)
        return Taken(changes[-1].sequence, len(wanted))
