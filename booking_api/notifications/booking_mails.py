"""Mails about one booking: its confirmation, which is the receipt of what was paid, and its cancellation."""

from collections.abc import Callable
from dataclasses import replace

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.calendar import of_bookings
from ..bookings.links import TicketLinks
from ..bookings.model import Booking
from ..bookings.rules import BY_CUSTOMER, BY_STAFF, CONFIRMED
from ..bookings.service import BookingService
from ..events.calendar import Publisher
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..payments.reader import PaymentReader
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer, WriteOfBooking
from .replies import Replies

CONFIRM = "notifications.confirm_booking"
RECEIPT = "notifications.booking_cancelled"
STAFF_RECEIPT = "notifications.cancelled_by_staff"
PART_RECEIPT = "notifications.tickets_cancelled"


class BookingMails:
    """Confirms bookings and their cancellations, with what becomes of their calendar entries.

    If there is a `frontend`, the mails link to its pages; `links` lead to the tickets.
    """

    def __init__(
        self,
        bookings: BookingService,
        accounts: AccountService,
        money: PaymentReader,
        sender: Sender,
        outbox: Outbox,
        replies: Replies,
        publisher: Publisher,
        frontend: str | None,
        links: TicketLinks,
    ):
        self._bookings = bookings
        self._accounts = accounts
        self._money = money
        self._publisher = publisher
        self._composer = Composer(frontend, links)
        self._replies = replies
        self._outcome = sender.outcome
        self.confirm = mailing(outbox, sender, self._confirmations, self._sent, self.confirmation_failed)
        self.send_receipt = mailing(outbox, sender, self._receipts)
        self.send_staff_receipt = mailing(outbox, sender, self._staff_receipts)
        self.send_part_receipt = mailing(outbox, sender, self._part_receipts)

    def confirmation_failed(self, job: Job) -> None:
        """Note in the booking that its confirmation could not be sent."""
        self._bookings.confirmation_failed(job["payload"]["booking_id"])

    def _confirmations(self, jobs: list[Job]) -> Write:
        bookings = self._of(jobs)
        paid = self._money.paid_for([each["_id"] for each in bookings.values() if _is_paid(each)])
        return self._about(
            bookings,
            _is_confirmed,
            lambda job, customer, booking: self._composer.confirmation(
                job, customer, booking, paid.get(booking["_id"], ())
            ),
        )

    def _receipts(self, jobs: list[Job]) -> Write:
        return self._about(
            self._of(jobs), lambda booking: booking["cancelled_by"] == BY_CUSTOMER, self._composer.booking_cancelled
        )

    def _staff_receipts(self, jobs: list[Job]) -> Write:
        return self._about(
            self._of(jobs), lambda booking: booking["cancelled_by"] == BY_STAFF, self._composer.cancelled_by_staff
        )

    def _part_receipts(self, jobs: list[Job]) -> Write:
        # Whoever has cancelled the rest since then hears of that.
        return self._about(self._of(jobs), _is_confirmed, self._composer.tickets_cancelled)

    def _of(self, jobs: list[Job]) -> dict[ObjectId, Booking]:
        return self._bookings.by_id(job["payload"]["booking_id"] for job in jobs)

    def _about(
        self,
        bookings: dict[ObjectId, Booking],
        still_true: Callable[[Booking], bool],
        compose: WriteOfBooking,
    ) -> Write:
        customers = [booking["customer_id"] for booking in bookings.values()]
        organizers = [booking["event"]["organizer_id"] for booking in bookings.values() if booking["event"]]
        people = self._accounts.people([*customers, *organizers])

        def write(job: Job) -> Message | None:
            booking = bookings.get(job["payload"]["booking_id"])
            event = booking and booking["event"]
            if booking is None or event is None or not still_true(booking):
                return None
            customer = people.get(booking["customer_id"])
            if customer is None:
                return None
            organizer = people.get(event["organizer_id"])
            event = {**event, "organizer": organizer}
            calendar = of_bookings(self._publisher, event, [booking])
            message = compose(job, customer, {**booking, "event": event})
            return replace(message, calendar=calendar, reply_to=self._replies.read_by(organizer))

        return write

    def _sent(self, jobs: list[Job]) -> None:
        self._bookings.confirmations_went([job["payload"]["booking_id"] for job in jobs], self._outcome)


def _is_paid(booking: Booking) -> bool:
    return "payment" in booking and booking["payment"]["paid"] > 0


def _is_confirmed(booking: Booking) -> bool:
    return booking["status"] == CONFIRMED
