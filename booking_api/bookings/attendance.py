"""What an organizer can do with the bookings of an event."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..accounts.service import AccountService
from ..events import search
from ..events.model import Event
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..storage.sort import Page, Position
from . import rules, ticket_rules
from .guest_search import GuestSearch
from .model import Booking
from .releases import OpenAttempts
from .sales import Sales
from .store import SORTS, BookingStore
from .ticket_requests import StaffCancellation


class EventBookings:
    """Shows the bookings of an event, without their codes, to who runs it, and cancels them."""

    def __init__(
        self,
        bookings: BookingStore,
        events: EventReader,
        accounts: AccountService,
        sales: Sales,
        attempts: OpenAttempts,
        clock: Callable[[], datetime],
    ):
        self._bookings = bookings
        self._events = events
        self._accounts = accounts
        self._sales = sales
        self._attempts = attempts
        self._clock = clock
        self._search = GuestSearch(bookings, accounts)

    def page(
        self, event_id: ObjectId, caller_id: ObjectId, query: dict[str, Any], after: Position | None
    ) -> Page[Booking]:
        """Return a page of an event's bookings with their customers; raises `EventNotFound` and `NotYourEvent`."""
        event = self._events.require(MANAGER, event_id, caller_id)
        status, sort, limit = query.get("status"), SORTS[query["sort"]], query["limit"]
        if query.get("q"):
            page = self._search.page(event_id, status, search.asked(query["q"]), sort, limit, after)
        else:
            page = self._bookings.find_page_of_event(event_id, status, sort, limit, after)
        return Page(self._shown(event, page.items), page.end)

    def read(self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId) -> Booking:
        """Return a booking with its customer; raises `EventNotFound`, `NotYourEvent` and `BookingNotFound`."""
        event = self._events.require(MANAGER, event_id, caller_id)
        booking = rules.require_found(self._bookings.find_of_event(booking_id, event_id))
        return self._shown(event, [booking])[0]

    def cancel(self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId, reason: str | None) -> Booking:
        """Cancel a booking, put its tickets back on sale and tell its customer; return it. Repeating changes nothing.

        Raises `EventNotFound`, `NotYourEvent`, `BookingNotFound`, `HoldExpired`, `EventCancelled`, `EventPast`,
        `AlreadyCheckedIn`, and what closing an open attempt to pay raises (see `releases`).
        """
        event = self._events.require(MANAGER, event_id, caller_id)
        booking = rules.require_found(self._bookings.find_of_event(booking_id, event_id))
        if booking["status"] == rules.HELD:  # what may not be cancelled can be paid as before
            ticket_rules.require_staff_may_cancel(booking, event, self._clock())
            self._attempts.close(booking)
        self._sales.apply(event_id, StaffCancellation(booking_id, caller_id, reason))
        after = rules.require_found(self._bookings.find_of_event(booking_id, event_id))
        return self._shown(event, [after])[0]

    def _shown(self, event: Event, bookings: list[Booking]) -> list[Booking]:
        people = self._accounts.people(booking["customer_id"] for booking in bookings)
        return [each | {"event": event, "customer": people.get(each["customer_id"])} for each in bookings]
