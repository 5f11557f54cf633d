"""Sends confirmations again, for customers and for who runs the event: five times a day for each booking."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from . import rules, ticket_rules
from .facts import CONFIRMATION_WANTED, OfBooking
from .model import Resend
from .ticket_store import TicketStore


class Resending:
    """Owes confirmations again. Two requests for a booking at once collide in it, so that the limit holds exactly."""

    def __init__(
        self,
        tickets: TicketStore,
        events: EventReader,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
    ):
        self._tickets = tickets
        self._events = events
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock

    def for_customer(self, booking_id: ObjectId, customer_id: ObjectId, request_id: ObjectId) -> None:
        """Send a customer's confirmation again, once for each `request_id`.

        Raises `BookingNotFound`, `BookingHeld`, `BookingCancelled`, `HoldExpired` and `TooManyResends`.
        """
        self._resend(booking_id, {"customer_id": customer_id}, request_id)

    def for_staff(self, event_id: ObjectId, booking_id: ObjectId, caller_id: ObjectId, request_id: ObjectId) -> None:
        """Send the confirmation of a booking of one's event again; raises `EventNotFound` and `NotYourEvent` too."""
        self._events.require(MANAGER, event_id, caller_id)
        self._resend(booking_id, {"event_id": event_id}, request_id)

    def _resend(self, booking_id: ObjectId, owner: dict[str, Any], request_id: ObjectId) -> None:
        def attempt(unit: UnitOfWork) -> None:
            booking = rules.require_found(self._tickets.find_with(booking_id, owner, unit.session))
            earlier = booking.get("resends", [])
            if any(resend["_id"] == request_id for resend in earlier):
                return
            now = self._clock()
            ticket_rules.require_resendable(booking, now)
            resends = [*earlier, Resend(_id=request_id, at=now)][-ticket_rules.RESENDS_A_DAY :]
            self._tickets.note_resend(booking_id, resends, unit.session)
            self._outbox.record(unit, CONFIRMATION_WANTED, [OfBooking(booking_id=booking_id)])

        self._transactions.run(attempt)
