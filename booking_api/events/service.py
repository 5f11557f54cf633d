"""What can be done with events."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from ..storage.coalesced_reads import CoalescedReads
from ..storage.sort import Page, Position
from . import edits, permissions, rules, search
from .model import Event
from .news import EventNews
from .organizers import Organizers
from .permissions import MANAGER, OWNER, Actor, role_of, works_for
from .rules import PUBLISHED
from .staff_store import StaffStore
from .store import OWN_SORT, SORTS, EventStore

MILLISECOND = timedelta(milliseconds=1)  # the precision of stored times


class EventService:
    """Makes, shows and changes events; `payments` are the modes of payment that this service offers."""

    def __init__(
        self,
        events: EventStore,
        staff: StaffStore,
        organizers: Organizers,
        transactions: Transactions,
        news: EventNews,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
        most_events: int,
        payments: Collection[str],
    ):
        self._events = events
        self._staff = staff
        self._organizers = organizers
        self._transactions = transactions
        self._locks = locks
        self._clock = clock
        self._news = news
        self._most_events = most_events
        self._payments = payments
        # Which hidden ticket types of an event a code unlocks; it may raise, and is given by what keeps codes.
        self.unlock: Callable[[Event, str], Collection[ObjectId]] = lambda event, code: ()
        self._reads = CoalescedReads(self._find_shown, transactions.seconds / 2)

    def create(
        self,
        organizer_id: ObjectId,
        fields: dict[str, Any],
        event_id: ObjectId,
        new_type_id: Callable[[], ObjectId] = ObjectId,
    ) -> Event:
        """Create an event, published or a draft, and return it; `new_type_id` makes the ids of its ticket types.

        If an earlier attempt has created an event with this id, that event is returned. Raises `ValidationFailed` if
        the fields contradict each other, and `TooManyEvents`; simultaneous requests may exceed that limit slightly.
        """
        now = self._clock()
        event = edits.new_event(fields, organizer_id, event_id, new_type_id, now)

        def attempt(unit: UnitOfWork) -> Event:
            made = self._events.find(event_id, unit.session)
            if made is not None:
                return self._shown_to_organizer(made)
            edits.require_acceptable(fields, {}, now, self._payments)
            ahead = self._events.count_ahead(organizer_id, now, self._most_events, unit.session)
            rules.require_fewer_events(ahead, self._most_events)
            inserted = self._events.insert(self._organizers.named(unit, event), unit.session)
            self._news.created(unit, inserted, organizer_id)
            return self._organizers.shown([inserted])[0]

        with self._locks.hold(organizer_id):  # transactions that copy the same name collide
            return self._transactions.run(attempt)

    def read(self, event_id: ObjectId, viewer_id: Actor | None, code: str | None = None) -> Event:
        """Return an event as somebody sees it, with the hidden ticket types that a code unlocks.

        Raises `EventNotFound`, also for one that was never published if they do not work for it, and what `unlock`
        raises for the code of who does not run the event.
        """
        event = self._reads.get(event_id)
        if event is None:
            raise rules.EventNotFound
        if rules.was_never_published(event) and not permissions.is_own(event, viewer_id):
            # Only then does it matter who is on its staff, which is not read for everybody.
            permissions.require_visible(self._events.find(event_id) if viewer_id else None, viewer_id)
        if permissions.is_own(event, viewer_id):
            return self._shown_to_organizer(event)
        seen = self._organizers.seen_by_others(event)
        if seen is not event and viewer_id is not None and works_for(self._events.find(event_id), viewer_id):
            return self._shown_to_organizer(event)
        return seen if code is None else self._organizers.seen_by_others(event, self.unlock(event, code))

    def search(self, query: dict[str, Any], after: Position | None) -> Page[Event]:
        """Return a page of published events.

        Those that are over are left out, and rows are not counted, unless asked for.
        """
        # What is over just then is left out of the present, but has run at the moment `from`.
        since = query["from_"] - MILLISECOND if "from_" in query else None
        if not query["past"]:
            now = self._clock()
            since = max(now, since) if since else now
        page = self._events.find_published(
            sort=SORTS[query["sort"]],
            limit=query["limit"],
            after=after,
            since=since,
            until=query.get("to"),
            organizer_id=query.get("organizer_id"),
            available=query.get("available"),
            words=search.asked(query["q"]) if query.get("q") else None,
            category=query.get("category"),
            tag=query.get("tag"),
            price_max=query.get("price_max"),
            count=query.get("count", False),
        )
        return replace(
            page, items=[self._organizers.seen_by_others(each) for each in self._organizers.shown(page.items)]
        )

    def own(
        self, user_id: ObjectId, limit: int, after: Position | None, *, only: ObjectId | None = None
    ) -> Page[dict[str, Any]]:
        """Return a page of the events that somebody has made or works for, with `my_role`, newest first.

        Drafts and cancelled ones are included. With `only` no other event than that is there.
        """
        page = self._staff.find_page_of(user_id, OWN_SORT, limit, after, only)
        roles = [role_of(event, user_id) for event in page.items]
        shown = self._organizers.shown_to_organizer(page.items)
        items = [{**event, "my_role": role} for event, role in zip(shown, roles, strict=True)]
        return Page(items, page.end)

    def update(
        self,
        event_id: ObjectId,
        caller_id: ObjectId,
        changes: dict[str, Any],
        *,
        check: Callable[[Event], None],
        notify: bool,
    ) -> Event:
        """Change an event and return it; schedule a notice for its guests unless `notify` is false.

        `check` is called with the current event and may raise. Raises `EventNotFound`, `NotYourEvent`,
        `EventCancelled`, `TicketsAlreadySold`, `EventHasBookings`, `ListInUse` and `ValidationFailed`.
        """

        def attempt(unit: UnitOfWork) -> Event:
            event = permissions.require(MANAGER, self._events.find(event_id, unit.session), caller_id)
            rules.require_live(event)
            check(event)
            edits.require_acceptable(changes, event, self._clock(), self._payments)
            edit = edits.to_store(changes, event, self._clock(), notify=notify)
            changed = self._news.changed_fields(event, edit)
            edited = self._events.edit(event, edit, unit.session, counted=bool(changed))
            self._news.edited(unit, event, edited, caller_id, changed)
            return edited

        with self._locks.hold(event_id):
            edited = self._transactions.run(attempt)
        return self._shown_to_organizer(edited)

    def publish(self, event_id: ObjectId, caller_id: ObjectId) -> Event:
        """Publish a draft and return it; a published event stays as it is. Raises `EventCancelled` and `EventPast`."""

        def attempt(unit: UnitOfWork) -> Event:
            event = permissions.require(MANAGER, self._events.find(event_id, unit.session), caller_id)
            rules.require_live(event)
            if event["status"] == PUBLISHED:
                return event
            now = self._clock()
            rules.require_not_over(event, now)
            published = self._events.change_status(event_id, edits.publication(event, now), unit.session)
            self._news.published(unit, event, published, caller_id)
            return published

        return self._shown_to_organizer(self._transactions.run(attempt))

    def delete(self, event_id: ObjectId, caller_id: ObjectId) -> None:
        """Delete an event; raises `EventHasBookings` if it was ever booked."""

        def attempt(unit: UnitOfWork) -> None:
            event = permissions.require(OWNER, self._events.find(event_id, unit.session), caller_id)
            if not self._events.delete_never_booked(event_id, unit.session):
                raise rules.EventHasBookings
            self._news.deleted(unit, event, caller_id)

        self._transactions.run(attempt)

    def _find_shown(self, event_ids: Sequence[ObjectId]) -> dict[ObjectId, Event]:
        return {event["_id"]: event for event in self._organizers.shown(self._events.find_many(list(event_ids)))}

    def _shown_to_organizer(self, event: Event) -> Event:
        return self._organizers.shown_to_organizer([event])[0]
