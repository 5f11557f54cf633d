"""Mails to who got a ticket from somebody else, and to who has it no longer."""

from collections.abc import Callable
from typing import Any

from ..accounts.model import User
from ..accounts.service import AccountService
from ..bookings.links import TicketLinks
from ..bookings.model import Booking, Ticket, Transfer
from ..bookings.rules import CANCELLED
from ..bookings.service import BookingService
from ..bookings.tickets import status_of
from ..bookings.transfers import holder_of
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .ticket_messages import TicketComposer

RECEIVED = "notifications.ticket_received"
LOST = "notifications.ticket_lost"
Compose = Callable[[Job, User, Booking, Ticket, Transfer], Message | None]


class TicketMails:
    """Writes to the holders of tickets, in the language of who booked."""

    def __init__(
        self,
        bookings: BookingService,
        accounts: AccountService,
        sender: Sender,
        outbox: Outbox,
        links: TicketLinks,
    ):
        self._bookings = bookings
        self._accounts = accounts
        self._links = links
        self._composer = TicketComposer()
        self.tell_holder = mailing(outbox, sender, lambda jobs: self._about(jobs, self._received))
        self.tell_former_holder = mailing(outbox, sender, lambda jobs: self._about(jobs, self._lost))

    def _about(self, jobs: list[Job], compose: Compose) -> Write:
        bookings = self._bookings.by_id(job["payload"]["booking_id"] for job in jobs)
        people = self._accounts.people(booking["customer_id"] for booking in bookings.values())

        def write(job: Job) -> Message | None:
            booking = bookings.get(job["payload"]["booking_id"])
            giver = people.get(booking["customer_id"]) if booking else None
            if booking is None or booking["event"] is None or giver is None:
                return None
            ticket, transfer = _found(booking, job["payload"])
            return compose(job, giver, booking, ticket, transfer) if ticket and transfer else None

        return write

    def _received(self, job: Job, giver: User, booking: Booking, ticket: Ticket, transfer: Transfer) -> Message | None:
        # The code is that of the latest transfer alone.
        if holder_of(ticket) is not transfer or status_of(ticket, booking["status"]) == CANCELLED:
            return None
        return self._composer.received(job, giver, booking, ticket, transfer, self._links.of(ticket["code"]))

    def _lost(self, job: Job, giver: User, booking: Booking, ticket: Ticket, transfer: Transfer) -> Message | None:
        return self._composer.lost(job, giver, booking, ticket, transfer)


def _found(booking: Booking, payload: dict[str, Any]) -> tuple[Ticket | None, Transfer | None]:
    ticket = next((each for each in booking["tickets"] if each["_id"] == payload["ticket_id"]), None)
    transfers = ticket.get("transfers", []) if ticket else []
    return ticket, next((each for each in transfers if each["_id"] == payload["transfer_id"]), None)
