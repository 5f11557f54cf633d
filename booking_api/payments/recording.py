"""How organizers record money that was handed over."""

from typing import Any, cast

from bson import ObjectId

from ..bookings import rules as booking_rules
from ..bookings.sales import Sales
from ..bookings.store import BookingStore
from ..events.permissions import OWNER
from ..events.reader import EventReader
from ..storage.sort import Page, Position
from . import showing
from .requests import Applied, ManualPayment
from .store import PaymentStore


class PaymentRecords:
    """Records payments and shows those of a booking, to the event's organizer alone."""

    def __init__(self, payments: PaymentStore, bookings: BookingStore, events: EventReader, sales: Sales):
        self._payments = payments
        self._bookings = bookings
        self._events = events
        self._sales = sales

    def record(
        self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId, paid: dict[str, Any], payment_id: ObjectId
    ) -> dict[str, Any]:
        """Record that a booking was paid, as a `PaymentRecord` has it; return the payment with the booking's status.

        It confirms the booking. If its hold is over, it gets tickets again if there are any, and else the money is
        owed: then the payment is `late`. Raises `EventNotFound`, `NotYourEvent`, `BookingNotFound`,
        `PaymentNotManual`, `AlreadyPaid`, and `ValidationFailed` for another amount than what is due.
        """
        self._require(event_id, booking_id, caller_id)
        request = ManualPayment(booking_id, payment_id, caller_id, paid["amount"], paid["method"], paid["reference"])
        applied = cast(Applied, self._sales.apply(event_id, request))
        return showing.shown(applied.payment) | {"booking_status": applied.booking["status"]}

    def of_booking(
        self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId, limit: int, after: Position | None
    ) -> Page[dict[str, Any]]:
        """Return a page of the payments of a booking, the newest first; raises as `record` does for who may not."""
        self._require(event_id, booking_id, caller_id)
        page = self._payments.find_page(booking_id, limit, after)
        return Page([showing.shown(payment) for payment in page.items], page.end)

    def _require(self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId) -> None:
        self._events.require(OWNER, event_id, caller_id)
        booking_rules.require_found(self._bookings.find_of_event(booking_id, event_id))
