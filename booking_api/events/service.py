"""What can be done with events."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..accounts.service import AccountService
from ..jobs.outbox import Outbox
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from ..storage.coalesced_reads import CoalescedReads
from ..storage.sort import Page, Position
from . import rules, search, ticket_types
from .agenda import Agenda
from .releases import Releases
from .rules import CANCELLED, DRAFT, GUEST_FIELDS, PUBLISHED
from .stock import Stock
from .store import OWN_SORT, SORTS, EventStore


class EventService:
    """Makes, shows and changes events; `bookings` takes and returns their tickets through it."""

    def __init__(
        self,
        events: EventStore,
        accounts: AccountService,
        transactions: Transactions,
        outbox: Outbox,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
        notice_seconds: int,
        most_events: int,
    ):
        self._events = events
        self._accounts = accounts
        self._transactions = transactions
        self._locks = locks
        self._clock = clock
        self._agenda = Agenda(outbox, clock, notice_seconds)
        self._releases = Releases(outbox)
        self._most_events = most_events
        self._reads = CoalescedReads(self._find_shown, transactions.seconds / 2)

    def create(self, organizer_id: ObjectId, fields: dict, event_id: ObjectId) -> dict:
        """Make an event, published or a draft; raises `ValidationFailed` if its fields do not fit together.

        Raises `TooManyEvents` too; requests that meet may make a few more than the limit. If there is an event with
        this id already, an earlier attempt has made it, and it is what is returned.
        """
        now = self._clock()
        event = fields | {
            "_id": event_id,
            "organizer_id": organizer_id,
            "title_key": fields["title"].casefold(),
            "words": search.of_event(fields),
            "ever_booked": False,
            "announced": rules.guest_view(fields),
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        event |= ticket_types.first_stock(fields)

        def attempt(unit: UnitOfWork) -> dict:
            made = self._events.find(event_id, unit.session)
            if made is not None:
                return made
            rules.require_dates(fields, {}, now)
            ahead = self._events.count_ahead(organizer_id, now, self._most_events, unit.session)
            rules.require_fewer_events(ahead, self._most_events)
            self._events.insert(event, unit.session)
            self._agenda.dated(unit, event)
            return event

        return self._with_organizer(self._transactions.run(attempt))

    def read(self, event_id: ObjectId, viewer_id: ObjectId | None) -> dict:
        """An event; raises `EventNotFound`, also for one of somebody else that was never published."""
        return rules.require_visible(self._reads.get(event_id), viewer_id)

    def search(self, query: dict, after: Position | None) -> Page:
        """A page of published events, past ones left out unless asked for."""
        earliest = query.get("from_")
        if not query["past"]:
            now = self._clock()
            earliest = max(now, earliest) if earliest else now
        page = self._events.find_published(
            sort=SORTS[query["sort"]],
            limit=query["limit"],
            after=after,
            earliest=earliest,
            latest=query.get("to"),
            organizer_id=query.get("organizer_id"),
            available=query.get("available"),
            words=search.words(query["q"]) if "q" in query else None,
        )
        return Page(self._with_organizers(page.items), page.end)

    def own(self, organizer_id: ObjectId, limit: int, after: Position | None) -> Page:
        """A page of one's own events, drafts and cancelled ones included, newest first."""
        page = self._events.find_of_organizer(organizer_id, OWN_SORT, limit, after)
        return Page(self._with_organizers(page.items), page.end)

    def update(
        self,
        event_id: ObjectId,
        organizer_id: ObjectId,
        changes: dict,
        *,
        check: Callable[[dict], None],
        notify: bool,
    ) -> dict:
        """Change an event, and owe its guests a notice unless `notify` is false.

        `check` is given the event as it stands and may raise. Raises `EventNotFound`, `NotYourEvent`,
        `EventCancelled`, `TicketsAlreadySold` and `ValidationFailed`.
        """

        def attempt(unit: UnitOfWork) -> dict:
            event = rules.require_owner(self._events.find(event_id, unit.session), organizer_id)
            rules.require_live(event)
            check(event)
            rules.require_dates(changes, event, self._clock())
            edited = self._events.edit(event, self._edit(event, changes, notify), unit.session)
            self._agenda.edited(unit, event, edited)
            self._releases.edited(unit, event, edited)
            return edited

        with self._locks.hold(event_id):
            edited = self._transactions.run(attempt)
        return self._with_organizer(edited)

    def publish(self, event_id: ObjectId, organizer_id: ObjectId) -> dict:
        """Put a draft on sale; a published event stays as it is. Raises `EventCancelled` and `EventPast`."""

        def attempt(unit: UnitOfWork) -> dict:
            event = rules.require_owner(self._events.find(event_id, unit.session), organizer_id)
            rules.require_live(event)
            if event["status"] == PUBLISHED:
                return event
            now = self._clock()
            rules.require_future(event, now)
            changes = {"status": PUBLISHED, "announced": rules.guest_view(event), "updated_at": now}
            published = self._events.change_status(event_id, changes, unit.session)
            self._agenda.dated(unit, published)
            return published

        return self._with_organizer(self._transactions.run(attempt))

    def stop_sales(
        self, unit: UnitOfWork, event_id: ObjectId, organizer_id: ObjectId, reason: str | None
    ) -> dict | None:
        """Cancel an event as such, in the caller's transaction; None if it was cancelled before.

        Its bookings are the caller's to cancel. Raises `EventNotFound`, `NotYourEvent` and `EventPast`.
        """
        event = rules.require_owner(self._events.find(event_id, unit.session), organizer_id)
        if event["status"] == CANCELLED:
            return None
        now = self._clock()
        rules.require_future(event, now)
        changes = {"status": CANCELLED, "cancel_reason": reason, "updated_at": now}
        if event["status"] == DRAFT:
            changes["cancelled_draft"] = True
        self._agenda.clear(unit, event_id)
        return self._events.change_status(event_id, changes, unit.session)

    def delete(self, event_id: ObjectId, organizer_id: ObjectId) -> None:
        """Delete an event that was never booked; raises `EventHasBookings` for one that was."""

        def attempt(unit: UnitOfWork) -> None:
            rules.require_owner(self._events.find(event_id, unit.session), organizer_id)
            if not self._events.delete_never_booked(event_id, unit.session):
                raise rules.EventHasBookings
            self._agenda.clear(unit, event_id)

        self._transactions.run(attempt)

    def require_own(self, event_id: ObjectId, organizer_id: ObjectId) -> dict:
        """An event of this organizer; raises `EventNotFound` and `NotYourEvent`."""
        return rules.require_owner(self._events.find(event_id), organizer_id)

    def by_id(self, event_ids: Iterable[ObjectId]) -> dict[ObjectId, dict]:
        """Some events as they are stored."""
        return {event["_id"]: event for event in self._events.find_many(list(set(event_ids)))}

    def find(self, unit: UnitOfWork, event_id: ObjectId) -> dict | None:
        """An event as it is in the transaction of `unit`."""
        return self._events.find(event_id, unit.session)

    def find_all(self, unit: UnitOfWork, event_ids: list[ObjectId]) -> dict[ObjectId, dict]:
        """The events that exist among these, as they are in the transaction of `unit`."""
        return {event["_id"]: event for event in self._events.find_many(event_ids, unit.session)}

    def move_stock(self, unit: UnitOfWork, stocks: dict[ObjectId, Stock]) -> None:
        """Write what has left and re-entered the stock of events in the transaction of `unit`.

        Two that move the stock of one event collide, so what a booking was judged by is still so at the commit.
        """
        self._releases.moved(unit, stocks)
        moves = {event_id: stock.increments() for event_id, stock in stocks.items() if stock.moved}
        self._events.move_stock(moves, unit.session)

    def count(self) -> int:
        """How many events there are, about."""
        return self._events.count()

    def batch(self, after: ObjectId | None, limit: int, session: ClientSession) -> list[dict]:
        """Events in the order of their ids, for a walk over all of them."""
        return self._events.find_batch(after, limit, session)

    def announced(self, unit: UnitOfWork, event: dict) -> None:
        """Guests now know of the event as it is here."""
        self._events.announce(event["_id"], rules.guest_view(event), unit.session)

    def tell_changes(self, unit: UnitOfWork, event_id: ObjectId, due_at: datetime) -> None:
        """Owe the notice of an event's changes at that time, or when it is due already if that is sooner."""
        self._agenda.tell_changes(unit, event_id, due_at)

    def touch(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """Have the transaction of `unit` collide with any other one that writes to this event."""
        self._events.touch(event_id, unit.session)

    def _edit(self, event: dict, changes: dict, notify: bool) -> dict:
        edit = changes | ticket_types.stock_edit(changes, event)
        if "title" in changes:
            edit["title_key"] = changes["title"].casefold()
        if any(name in changes for name in search.SEARCHED):
            edit["words"] = search.of_event(event | changes)
        if not notify:
            # Where guests have yet to hear of an earlier edit, their notice will show the value of this one.
            known = [name for name in GUEST_FIELDS if event["announced"][name] == event[name]]
            edit |= {f"announced.{name}": changes[name] for name in known if name in changes}
        elif any(name in changes and changes[name] != event[name] for name in GUEST_FIELDS):
            edit |= rules.to_be_told(event)
        return edit | rules.cancel_grace(changes, event, self._clock()) | {"updated_at": self._clock()}

    def _find_shown(self, event_ids: list[ObjectId]) -> dict[ObjectId, dict]:
        return {event["_id"]: event for event in self._with_organizers(self._events.find_many(event_ids))}

    def _with_organizer(self, event: dict) -> dict:
        return self._with_organizers([event])[0]

    def _with_organizers(self, events: list[dict]) -> list[dict]:
        people = self._accounts.people(event["organizer_id"] for event in events)
        return [event | {"organizer": people.get(event["organizer_id"])} for event in events]
