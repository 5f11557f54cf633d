"""Who comes with the tickets of a booking, as its customer says."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from . import rules, ticket_rules, transfers
from .facts import TICKET_LOST
from .model import Attendance, Booking
from .sales import Sales
from .store import BookingStore
from .ticket_requests import TicketTransfer
from .ticket_store import TicketStore


class TicketHolders:
    """Names who comes, and gives tickets to others."""

    def __init__(
        self,
        bookings: BookingStore,
        tickets: TicketStore,
        transactions: Transactions,
        sales: Sales,
        outbox: Outbox,
        clock: Callable[[], datetime],
    ):
        self._clock = clock
        self._bookings = bookings
        self._tickets = tickets
        self._outbox = outbox
        self._sales = sales
        self._transactions = transactions

    def name(self, booking_id: ObjectId, ticket_id: ObjectId, customer_id: ObjectId, names: Attendance) -> Booking:
        """Change the name or the email of who comes with a ticket of a customer's booking; return the booking.

        What `names` leaves out stays. Raises `BookingNotFound`, `TicketNotFound` and `TicketCancelled`.
        """

        def attempt(unit: UnitOfWork) -> Booking:
            owner = {"customer_id": customer_id}
            booking = rules.require_found(self._tickets.find_with(booking_id, owner, unit.session))
            number = ticket_rules.number_of(booking, ticket_id)
            ticket_rules.require_not_cancelled(booking, booking["tickets"][number])
            # By its number: tickets are never moved, and whoever else writes to the booking collides with this.
            self._tickets.name_ticket(booking_id, number, names, self._clock(), unit.session)
            ticket_rules.name_attendee(booking["tickets"][number], names)
            return booking

        return self._transactions.run(attempt)

    def transfer(
        self,
        booking_id: ObjectId,
        ticket_id: ObjectId,
        customer_id: ObjectId,
        transfer_id: ObjectId,
        *,
        name: str,
        email: str,
    ) -> Booking:
        """Give a ticket of a customer's booking to somebody, under a new code; return the booking.

        It happens once for each `transfer_id`. Raises `BookingNotFound`, `TicketNotFound`, `TicketCancelled`,
        `BookingHeld`, `AlreadyCheckedIn`, `EventCancelled` and `EventPast`.
        """
        booking = rules.require_found(self._bookings.find_own(booking_id, customer_id))
        request = TicketTransfer(booking_id, customer_id, ticket_id, transfer_id, name, email)
        return cast(Booking, self._sales.apply(booking["event_id"], request))

    def cancelled(self, unit: UnitOfWork, booking_ids: list[ObjectId]) -> None:
        """Owe a mail to whom customers gave tickets of these bookings, which are being cancelled with their event."""
        found = self._tickets.given_away(booking_ids, unit.session)
        lost = [of for each in found for of in transfers.of_holders(each, ticket_rules.live_tickets(each))]
        self._outbox.record(unit, TICKET_LOST, lost)
