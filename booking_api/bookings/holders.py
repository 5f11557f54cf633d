"""Who comes with the tickets of a booking, as its customer says."""

from bson import ObjectId

from ..storage.client import Transactions, UnitOfWork
from . import rules, ticket_rules
from .model import Attendance, Booking
from .store import BookingStore


class TicketHolders:
    """Names who comes."""

    def __init__(self, bookings: BookingStore, transactions: Transactions):
        self._bookings = bookings
        self._transactions = transactions

    def name(self, booking_id: ObjectId, ticket_id: ObjectId, customer_id: ObjectId, names: Attendance) -> Booking:
        """Change the name or the email of who comes with a ticket of a customer's booking; return the booking.

        What `names` leaves out stays. Raises `BookingNotFound`, `TicketNotFound` and `TicketCancelled`.
        """

        def attempt(unit: UnitOfWork) -> Booking:
            owner = {"customer_id": customer_id}
            booking = rules.require_found(self._bookings.find_with(booking_id, owner, unit.session))
            number = ticket_rules.number_of(booking, ticket_id)
            ticket_rules.require_not_cancelled(booking, booking["tickets"][number])
            # By its number: tickets are never moved, and whoever else writes to the booking collides with this.
            self._bookings.name_ticket(booking_id, number, names, unit.session)
            ticket_rules.name_attendee(booking["tickets"][number], names)
            return booking

        return self._transactions.run(attempt)
