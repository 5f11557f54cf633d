"""What an organizer does about money that goes back."""

from typing import Any

from bson import ObjectId

from ..bookings import rules
from ..bookings.sales import Sales
from ..bookings.store import BookingStore
from ..events.permissions import OWNER
from ..events.reader import EventReader
from ..storage.sort import Page, Position
from .model import Refund
from .refund_requests import RefundBooking
from .store import RefundStore


class RefundService:
    """Refunds bookings of an event, and lists their refunds."""

    def __init__(self, refunds: RefundStore, bookings: BookingStore, events: EventReader, sales: Sales):
        self._refunds = refunds
        self._bookings = bookings
        self._events = events
        self._sales = sales

    def refund(
        self,
        event_id: ObjectId,
        booking_id: ObjectId,
        caller_id: ObjectId,
        asked: dict[str, Any],
        refund_id: ObjectId,
    ) -> Refund:
        """Give money of a booking back, or record that it was handed back, as `RefundCreate` has it; return the refund.

        The refund with this id is returned if an earlier attempt has made it. Raises `EventNotFound`, `NotYourEvent`,
        `BookingNotFound`, `RefundExceedsPayment`, `TooManyRefunds`; for tickets that are live `EventCancelled`,
        `EventPast` and `AlreadyCheckedIn`; and `ValidationFailed` for other tickets than its own.
        """
        self._require_booking(event_id, booking_id, caller_id)
        amount, ticket_ids, reason = asked["amount"], asked["ticket_ids"], asked["reason"]
        request = RefundBooking(booking_id, refund_id, caller_id, amount, ticket_ids, reason)
        self._sales.apply(event_id, request)
        made = self._refunds.find(refund_id)
        if made is None:  # which is never so: refunds are not deleted
            raise rules.BookingNotFound
        return made

    def page(
        self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId, limit: int, after: Position | None
    ) -> Page[Refund]:
        """Return a page of the refunds of a booking, the newest first.

        Raises `EventNotFound`, `NotYourEvent` and `BookingNotFound`.
        """
        self._require_booking(event_id, booking_id, caller_id)
        return self._refunds.find_page(booking_id, limit, after)

    def _require_booking(self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId) -> None:
        self._events.require(OWNER, event_id, caller_id)
        rules.require_found(self._bookings.find_of_event(booking_id, event_id))
