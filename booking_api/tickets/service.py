"""Finds tickets, for who has their codes and for who has booked them."""

from bson import ObjectId

from ..accounts.rules import locale_of
from ..accounts.service import AccountService
from ..bookings import payment
from ..bookings.links import TicketLinks
from ..bookings.model import Booking
from ..bookings.service import BookingService
from ..bookings.transfers import own_tickets
from ..languages.catalogue import DEFAULT
from .model import ShownTicket
from .rules import USED, VALID, NoValidTicket, TicketGivenAway, holder_of, may_be_code, state_of

PRINTED = (VALID, USED)  # a ticket that was scanned is a ticket still, and people keep them


class TicketService:
    """Shows tickets as they are now."""

    def __init__(self, bookings: BookingService, accounts: AccountService, links: TicketLinks):
        self._bookings = bookings
        self._accounts = accounts
        self._links = links

    def find(self, code: str) -> ShownTicket | None:
        """Return the ticket with this code; raises `TicketGivenAway` if it has another code now."""
        if not may_be_code(code):
            return None
        booking = self._bookings.by_code(code)
        if booking is not None:
            return next((ticket for ticket in self._shown(booking) if ticket.code == code), None)
        if self._bookings.is_revoked(code):
            raise TicketGivenAway
        return None

    def of_booking(self, booking_id: ObjectId, customer_id: ObjectId) -> list[ShownTicket]:
        """Return the valid tickets of a customer's booking; raises `BookingNotFound` and `NoValidTicket`."""
        booking = self._bookings.read(booking_id, customer_id)
        own = {ticket["_id"] for ticket in own_tickets(booking)}  # not those that were given to somebody
        found = [ticket for ticket in self._shown(booking) if ticket.id in own and ticket.state in PRINTED]
        if not found:
            raise NoValidTicket
        return found

    def _shown(self, booking: Booking) -> list[ShownTicket]:
        event = booking["event"]
        if event is None:  # which is never so: a booked event is not deleted
            return []
        customer = self._accounts.people([booking["customer_id"]]).get(booking["customer_id"])
        return [
            ShownTicket(
                id=ticket["_id"],
                code=ticket["code"],
                url=self._links.of(ticket["code"]),
                state=state_of(ticket, booking, event),
                event=event,
                holder=holder_of(ticket, customer["name"] if customer else None),
                ticket_type=ticket["ticket_type"],
                checked_in_at=ticket["checked_in_at"],
                locale=locale_of(customer) if customer else DEFAULT,
                unpaid=payment.due(booking) > 0,
            )
            for ticket in booking["tickets"]
        ]
