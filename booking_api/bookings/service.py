"""What can be done with bookings."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from bson import ObjectId

from ..accounts.service import AccountService
from ..events.service import EventService
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, Unit
from ..storage.pages import Page, Position
from . import rules
from .rules import BY_ORGANIZER, CANCELLED, CONFIRMED, EXPIRED
from .store import BookingStore

CONFIRMED_FACT = "booking.confirmed"
CANCELLED_FACT = "booking.cancelled"
EVENT_CANCELLED_FACT = "event.cancelled"
EVENT_CLEARED_FACT = "event.bookings_cancelled"

CANCEL_BATCH = 200
CANCEL_IN_REQUEST_SECONDS = 2
BOOKER_BATCH = 500


class BookingService:
    """Books and cancels; tickets move only together with their booking, in one transaction."""

    def __init__(
        self,
        bookings: BookingStore,
        events: EventService,
        accounts: AccountService,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
    ):
        self._bookings = bookings
        self._events = events
        self._accounts = accounts
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock

    def book(self, customer_id: ObjectId, event_id: ObjectId, quantity: int) -> dict:
        """Book tickets: the sale, the booking and the owed confirmation are one transaction.

        Raises `EventNotFound`, `EventCancelled`, `EventPast`, `SoldOut`, and `ValidationFailed` over the limit.
        """

        def attempt(unit: Unit) -> dict:
            now = self._clock()
            event = rules.require_on_sale(self._events.find(unit, event_id), quantity, now)
            booking = rules.new_booking(event, customer_id, quantity, now)
            self._bookings.insert(booking, unit.session)
            self._outbox.record(unit, CONFIRMED_FACT, [{"booking_id": booking["_id"]}])
            self._events.take(unit, event_id, quantity)
            return booking | {"event": event}

        return self._transactions.run(attempt)

    def read(self, booking_id: ObjectId, customer_id: ObjectId) -> dict:
        """One's own booking; raises `BookingNotFound`."""
        return self._with_event(rules.require_found(self._bookings.find_own(booking_id, customer_id)))

    def own(self, customer_id: ObjectId, query: dict, after: Position | None) -> Page:
        """A page of one's own bookings, newest first."""
        page = self._bookings.find_page_own(
            customer_id, query.get("event_id"), query.get("status"), query["limit"], after
        )
        return Page(self._with_events(page.items), page.end)

    def of_event(self, event_id: ObjectId, organizer_id: ObjectId, query: dict, after: Position | None) -> Page:
        """A page of an event's bookings with their customers; raises `EventNotFound` and `NotYourEvent`."""
        event = self._events.require_own(event_id, organizer_id)
        page = self._bookings.find_page_of_event(event_id, query.get("status"), query["limit"], after)
        people = self._accounts.people(booking["customer_id"] for booking in page.items)
        items = [b | {"event": event, "customer": people.get(b["customer_id"])} for b in page.items]
        return Page(items, page.end)

    def cancel(self, booking_id: ObjectId, customer_id: ObjectId) -> dict:
        """Cancel one's booking and put its tickets back, exactly once; again changes nothing.

        Raises `BookingNotFound`, `EventPast`, `HoldExpired`.
        """

        def attempt(unit: Unit) -> dict:
            booking = rules.require_found(self._bookings.find_own(booking_id, customer_id, unit.session))
            if booking["status"] == CANCELLED:
                return booking
            if booking["status"] == EXPIRED:
                raise rules.HoldExpired("This hold has expired already.")
            event = self._events.find(unit, booking["event_id"])
            now = self._clock()
            rules.require_future(event, now)
            cancelled = self._bookings.cancel(booking_id, now, unit.session)
            self._outbox.record(unit, CANCELLED_FACT, [{"booking_id": booking_id}])
            self._events.put_back(unit, booking["event_id"], booking["quantity"])
            return cancelled

        return self._with_event(self._transactions.run(attempt))

    def cancel_event(self, event_id: ObjectId, organizer_id: ObjectId, reason: str | None) -> dict:
        """Cancel an event: stop its sales and record the debt, then cancel its bookings in batches.

        What cannot be cancelled within the request is left to the job, which resumes after a crash. Raises
        `EventNotFound`, `NotYourEvent`, `EventPast`.
        """

        def stop(unit: Unit) -> None:
            if self._events.stop_sales(unit, event_id, organizer_id, reason) is not None:
                self._outbox.record(unit, EVENT_CANCELLED_FACT, [{"event_id": event_id}])

        self._transactions.run(stop)
        deadline = time.monotonic() + CANCEL_IN_REQUEST_SECONDS
        while self._cancel_batch(event_id) and time.monotonic() < deadline:
            pass
        return self._events.read(event_id, organizer_id)

    def clear_cancelled_event(self, job: dict) -> None:
        """The job behind `cancel_event`: cancel what is left, then owe the guests their notice."""
        event_id = job["payload"]["event_id"]
        while self._cancel_batch(event_id):
            pass
        self._transactions.run(lambda unit: self._outbox.record(unit, EVENT_CLEARED_FACT, [{"event_id": event_id}]))

    def bookers(self, event_id: ObjectId, *, of_cancelled_event: bool = False) -> Iterator[ObjectId]:
        """Everyone who has a confirmed booking, or had one when the organizer cancelled the event; each once."""
        if of_cancelled_event:
            conditions = {"status": CANCELLED, "cancelled_by": BY_ORGANIZER}
        else:
            conditions = {"status": CONFIRMED}
        last = None
        while batch := self._bookings.booker_batch(event_id, conditions, last, BOOKER_BATCH):
            yield from batch
            last = batch[-1]

    def find(self, booking_id: ObjectId) -> dict | None:
        """A booking as stored, with its event, for those who write to its customer."""
        booking = self._bookings.find(booking_id)
        return booking and self._with_event(booking)

    def confirmation_sent(self, booking_id: ObjectId) -> None:
        """Record that the confirmation message went out."""
        self._bookings.set_confirmation(booking_id, "sent", self._clock())

    def confirmation_failed(self, booking_id: ObjectId) -> None:
        """Record that the confirmation message cannot be delivered."""
        self._bookings.set_confirmation(booking_id, "failed", None)

    def _cancel_batch(self, event_id: ObjectId) -> int:
        def attempt(unit: Unit) -> int:
            batch = self._bookings.live_batch(event_id, CANCEL_BATCH, unit.session)
            if batch:
                self._bookings.cancel_batch([b["_id"] for b in batch], self._clock(), unit.session)
                self._events.put_back(unit, event_id, sum(b["quantity"] for b in batch))
            return len(batch)

        return self._transactions.run(attempt)

    def _with_event(self, booking: dict) -> dict:
        return self._with_events([booking])[0]

    def _with_events(self, bookings: list[dict]) -> list[dict]:
        events = self._events.by_id(booking["event_id"] for booking in bookings)
        return [booking | {"event": events.get(booking["event_id"])} for booking in bookings]
