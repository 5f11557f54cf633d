"""What customers can do with bookings, and who may see them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..accounts.service import AccountService
from ..events.calendar import Calendar, Publisher
from ..events.reader import EventReader
from ..events.stock import Line
from ..storage.sort import Page, Position
from . import calendar, event_dates, rules
from .guest_store import GuestStore
from .model import Attendance, Booking, Guest
from .orders import Order, Unpaid
from .releases import OpenAttempts
from .requests import Cancellation, HoldConfirmation
from .rules import BY_ORGANIZER, CANCELLED, CONFIRMED
from .sales import Sales
from .store import BY_EVENT, SORTS, BookingStore


class BookingService:
    """Books, holds, confirms and cancels; stock and bookings change only together, in one transaction."""

    def __init__(
        self,
        bookings: BookingStore,
        guests: GuestStore,
        events: EventReader,
        accounts: AccountService,
        sales: Sales,
        publisher: Publisher,
        clock: Callable[[], datetime],
        hold_seconds: int,
        max_held: int,
        attempts: OpenAttempts,
    ):
        self._bookings = bookings
        self._guests = guests
        self._events = events
        self._accounts = accounts
        self._sales = sales
        self._publisher = publisher
        self._clock = clock
        self._hold_seconds = hold_seconds
        self._max_held = max_held
        self._attempts = attempts
        self._unpaid = Unpaid(hold_seconds, max_held)

    def book(
        self,
        customer_id: ObjectId,
        event_id: ObjectId,
        lines: list[Line],
        *,
        hold: bool,
        booking_id: ObjectId,
        idempotency_key: str | None = None,
        attendees: Sequence[Sequence[Attendance]] = (),
        code: str | None = None,
    ) -> Booking:
        """Book or hold the tickets of all lines, or none; return the booking. `attendees` are those of each line.

        What has to be paid is held in any case. `code` is a promo code.

        With a key, the booking with this id is returned if an earlier attempt has made it. Raises `EventNotFound`,
        `EventCancelled`, `EventPast`, `NotOnSale`, `SoldOut`, `CustomerLimit`, `HoldCooldown`, `ValidationFailed`
        over a limit, and the errors of codes (see `discounts`).
        """
        order = Order(
            booking_id=booking_id,
            customer_id=customer_id,
            lines=tuple(lines),
            hold_seconds=self._hold_seconds if hold else None,
            max_held=self._max_held if hold else None,
            idempotency_key=idempotency_key,
            attendees=tuple(map(tuple, attendees)),
            code=code,
            unpaid=self._unpaid,
        )
        return cast(Booking, self._sales.apply(event_id, order))

    def cancel(
        self, booking_id: ObjectId, customer_id: ObjectId, ticket_ids: frozenset[ObjectId] | None = None
    ) -> Booking:
        """Cancel a customer's booking, or only these of its tickets, and put the tickets back on sale; return it.

        Repeating this changes nothing. Raises `BookingNotFound`, `CancellationClosed`, `HoldExpired`, `BookingHeld`,
        `AlreadyCheckedIn`, `ValidationFailed` for other tickets than the booking's, and what closing an open attempt
        to pay raises (see `releases`).
        """
        booking = rules.require_found(self._bookings.find_own(booking_id, customer_id))
        self._attempts.close(booking, ticket_ids)
        request = Cancellation(booking_id, customer_id, ticket_ids)
        return cast(Booking, self._sales.apply(booking["event_id"], request))

    def confirm(self, booking_id: ObjectId, customer_id: ObjectId) -> Booking:
        """Confirm a customer's held booking and return it; a confirmed booking stays as it is.

        Raises `BookingNotFound`, `HoldExpired`, `BookingCancelled`, `EventCancelled`, `EventPast`, `PaymentRequired`.
        """
        request = HoldConfirmation(booking_id, customer_id)
        return cast(Booking, self._sales.apply(self._event_id(booking_id, customer_id), request))

    def read(self, booking_id: ObjectId, customer_id: ObjectId) -> Booking:
        """Return a customer's booking with its event; raises `BookingNotFound`."""
        return self._with_event(rules.require_found(self._bookings.find_own(booking_id, customer_id)))

    def by_code(self, code: str) -> Booking | None:
        """Return the booking that has the ticket with this code, with its event, whoever its customer is."""
        booking = self._bookings.find_by_code(code)
        return booking and self._with_event(booking)

    def is_revoked(self, code: str) -> bool:
        """Return whether a ticket had this code before it was given to somebody else."""
        return self._bookings.find_by_revoked_code(code) is not None

    def calendar(self, booking_id: ObjectId, customer_id: ObjectId) -> Calendar:
        """Return the calendar entry of a customer's booking; raises `BookingNotFound`."""
        booking = self.read(booking_id, customer_id)
        event = booking["event"]
        if event is None:  # which is never so: a booked event is not deleted
            raise rules.BookingNotFound
        organizer = self._accounts.people([event["organizer_id"]]).get(event["organizer_id"])
        return calendar.of_bookings(self._publisher, {**event, "organizer": organizer}, [booking])

    def own(self, customer_id: ObjectId, query: dict[str, Any], after: Position | None) -> Page[Booking]:
        """Return a page of a customer's bookings, as a `BookingQuery` asks for it.

        Only what needs the dates of all events that a customer has booked reads them.
        """
        filters: dict[str, Any] = {name: query[name] for name in ("event_id", "status") if name in query}
        sort, limit, upcoming = SORTS[query["sort"]], query["limit"], query.get("upcoming")
        if sort is not BY_EVENT and upcoming is None:
            page = self._bookings.find_page_own(customer_id, filters, sort, limit, after)
            return Page(self._with_events(page.items), page.end)
        booked = self._bookings.find_events_own(customer_id, filters)
        events = self._events.dates(booked.values())
        wanted = event_dates.select(events, upcoming, self._clock())
        if sort is BY_EVENT:
            ids, end = event_dates.page(booked, wanted, limit, after)
            found = self._bookings.load(ids)
            return Page(self._with_events([found[booking_id] for booking_id in ids]), end)
        filters["event_id"] = {"$in": list(wanted)}
        page = self._bookings.find_page_own(customer_id, filters, sort, limit, after)
        return Page(self._with_events(page.items), page.end)

    def bookers(
        self,
        event_id: ObjectId,
        after: ObjectId | None,
        limit: int,
        *,
        of_cancelled_event: bool = False,
        before_version: int | None = None,
        from_version: int | None = None,
    ) -> list[ObjectId]:
        """Return the ids of some customers with a confirmed booking.

        With `of_cancelled_event` those whose booking was cancelled with its event are included.
        Each is returned once, in the order of ids after `after`; the list is empty when there are no more. With
        `before_version`, only customers who booked an earlier version of the event are included; versions are compared
        because the clocks of two machines may differ. With `from_version` too, only those who booked that version or a
        later one.
        """
        conditions: dict[str, Any]
        if of_cancelled_event:
            conditions = {"status": {"$in": [CONFIRMED, CANCELLED]}, "cancelled_by": {"$in": [None, BY_ORGANIZER]}}
        else:
            conditions = {"status": CONFIRMED}
        if before_version is not None:
            conditions["event_version"] = {"$not": {"$gte": before_version}}  # older bookings have no version
            if from_version is not None:
                conditions["event_version"] = {"$gte": from_version, "$lt": before_version}
        return self._guests.bookers(event_id, conditions, after, limit)

    def by_id(self, booking_ids: Iterable[ObjectId]) -> dict[ObjectId, Booking]:
        """Return the bookings with these ids that exist, with their events, whoever their customers are."""
        found = self._bookings.load(list(booking_ids))
        return {booking["_id"]: booking for booking in self._with_events(list(found.values()))}

    def of_guests(self, guests: Iterable[Guest]) -> dict[Guest, list[Booking]]:
        """Return what guests have to have in their calendars, by guest: at most 50 bookings each, the oldest first.

        They are confirmed, or were cancelled with their event. A hold is not among them, because its end is told to
        nobody. Only the fields that a calendar shows and their money are read; all guests are found by one query.
        """
        return self._guests.bookings_of(guests)

    def confirmations_went(self, booking_ids: list[ObjectId], outcome: str) -> None:
        """Record what has become of confirmation messages just now: `sent`, or `printed` on the console."""
        self._bookings.set_confirmation(booking_ids, outcome, self._clock())

    def confirmation_failed(self, booking_id: ObjectId) -> None:
        """Record that the confirmation message cannot be delivered."""
        self._bookings.set_confirmation([booking_id], "failed", None)

    def _event_id(self, booking_id: ObjectId, customer_id: ObjectId) -> ObjectId:
        return rules.require_found(self._bookings.find_own(booking_id, customer_id))["event_id"]

    def _with_event(self, booking: Booking) -> Booking:
        return self._with_events([booking])[0]

    def _with_events(self, bookings: list[Booking]) -> list[Booking]:
        events = self._events.by_id(booking["event_id"] for booking in bookings)
        return [booking | {"event": events.get(booking["event_id"])} for booking in bookings]
