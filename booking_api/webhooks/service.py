"""The use cases of webhooks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..events.change_store import ChangeStore
from ..events.permissions import OWNER
from ..events.reader import EventReader
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from ..storage.sort import Page, Position
from . import rules
from .agenda import Agenda
from .cursor_store import CursorStore
from .facts import WEBHOOK_DELETED, OfWebhook
from .model import Webhook
from .receivers import Targets
from .rules import ACTIVE, WebhookNotFound
from .signing_keys import SigningKeys
from .store import WebhookStore


class WebhookService:
    """Makes, shows and changes webhooks; each organizer sees only their own."""

    def __init__(
        self,
        webhooks: WebhookStore,
        cursors: CursorStore,
        changes: ChangeStore,
        events: EventReader,
        keys: SigningKeys,
        targets: Targets,
        agenda: Agenda,
        outbox: Outbox,
        transactions: Transactions,
        clock: Callable[[], datetime],
        on_followed: Callable[[], None],
    ):
        self._webhooks = webhooks
        self._cursors = cursors
        self._changes = changes
        self._events = events
        self._keys = keys
        self._targets = targets
        self._agenda = agenda
        self._outbox = outbox
        self._transactions = transactions
        self._clock = clock
        self._on_followed = on_followed

    def create(self, organizer_id: ObjectId, fields: dict[str, Any], webhook_id: ObjectId) -> dict[str, Any]:
        """Make a webhook, or find that of an earlier attempt with this id; return it with its secret.

        It is told whatever is committed from now on. Raises `EventNotFound`, `NotYourEvent`, `TooManyWebhooks`, and
        what the check of its URL raises.
        """
        self._targets.require_acceptable(fields["url"])
        if fields["event_id"] is not None:
            self._events.require(OWNER, fields["event_id"], organizer_id)
        now = self._clock()
        fresh: dict[str, Any] = {
            "_id": webhook_id,
            "organizer_id": organizer_id,
            "slot": 0,
            "url": fields["url"],
            "types": fields["types"],
            "event_id": fields["event_id"],
            "secrets": [self._keys.make(webhook_id)],
            "follows_from": now - self._agenda.overlap,
            "last_delivery_at": None,
            "lease_until": None,
            "lease": None,
            "created_at": now,
            "updated_at": now,
            **rules.enabled(now),
        }
        webhook = cast(Webhook, fresh)

        def attempt(unit: UnitOfWork) -> Webhook:
            made = self._webhooks.find_own(webhook_id, organizer_id, unit.session)
            if made is not None:
                return made
            slot = rules.free_slot(self._webhooks.slots(organizer_id, unit.session))
            self._webhooks.insert({**webhook, "slot": slot}, unit.session)
            self._skip_the_past(unit, webhook)
            self._agenda.catch_up(unit, webhook_id, all_events=False)
            return webhook

        made = self._transactions.run(attempt)
        self._on_followed()
        return self._with_secret(made)

    def own(self, organizer_id: ObjectId, limit: int, after: Position | None) -> Page[Webhook]:
        """Return a page of an organizer's webhooks, newest first."""
        return self._webhooks.find_of_organizer(organizer_id, limit, after)

    def read(self, webhook_id: ObjectId, organizer_id: ObjectId) -> Webhook:
        """Return a webhook; raises `WebhookNotFound`."""
        return require(self._webhooks.find_own(webhook_id, organizer_id))

    def update(self, webhook_id: ObjectId, organizer_id: ObjectId, changes: dict[str, Any]) -> Webhook:
        """Change a webhook and return it; raises `WebhookNotFound`, and what the check of its URL raises.

        One that is enabled goes on with what is pending, and is told what has happened meanwhile, as far as it is kept.
        """
        if "url" in changes:
            self.read(webhook_id, organizer_id)
            self._targets.require_acceptable(changes["url"])

        def attempt(unit: UnitOfWork) -> Webhook:
            before, now = require(self._webhooks.find_own(webhook_id, organizer_id, unit.session)), self._clock()
            edit = rules.edit(before, changes, now)
            after = require(self._webhooks.change(webhook_id, edit, unit.session)) if edit else before
            if after["enabled_at"] != before["enabled_at"]:
                self._agenda.catch_up(unit, webhook_id, all_events=True)
            if edit and after["status"] == ACTIVE:
                self._agenda.put_next(unit, after)
            return after

        changed = self._transactions.run(attempt)
        self._on_followed()
        return changed

    def delete(self, webhook_id: ObjectId, organizer_id: ObjectId) -> None:
        """Delete a webhook, and by a job what was kept for it; raises `WebhookNotFound`."""

        def attempt(unit: UnitOfWork) -> None:
            if not self._webhooks.delete(webhook_id, organizer_id, unit.session):
                raise WebhookNotFound
            self._agenda.clear(unit, webhook_id)
            self._outbox.record(unit, WEBHOOK_DELETED, [OfWebhook(webhook_id=webhook_id)])

        self._transactions.run(attempt)

    def replace_secret(self, webhook_id: ObjectId, organizer_id: ObjectId) -> dict[str, Any]:
        """Give a webhook a new secret and return it with that; the earlier one signs along for 24 hours."""
        new = self._keys.make(webhook_id)

        def attempt(unit: UnitOfWork) -> Webhook:
            before, now = require(self._webhooks.find_own(webhook_id, organizer_id, unit.session)), self._clock()
            edit = {"secrets": rules.replaced_secrets(before, new, now), "updated_at": now}
            return require(self._webhooks.change(webhook_id, edit, unit.session))

        return self._with_secret(self._transactions.run(attempt))

    def _skip_the_past(self, unit: UnitOfWork, webhook: Webhook) -> None:
        """Set a cursor behind every change that was committed before this transaction began.

        No change that follows has a time before `follows_from`, so an event needs a cursor only if it has a change
        after that. All others, which may be ten thousand, do without.
        """
        since, session = webhook["follows_from"], unit.session
        for event_id, last in self._changes.changed_since(webhook["organizer_id"], since, session).items():
            if webhook["event_id"] in (None, event_id):
                self._cursors.move(webhook["_id"], event_id, last, webhook["created_at"], session)

    def _with_secret(self, webhook: Webhook) -> dict[str, Any]:
        return {**webhook, "secret": self._keys.newest(webhook)}


def require(webhook: Webhook | None) -> Webhook:
    """Return the webhook; raises `WebhookNotFound` if there is none."""
    if webhook is None:
        raise WebhookNotFound
    return webhook
