"""Mails about money: that it is needed, that it came too late, and that it has gone back.

That it has come is told by the confirmation of its booking, which is the receipt. Each says what is true when it is
written, or is not sent: nobody is asked for what they have paid meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bson import ObjectId

from ..accounts.model import User
from ..accounts.service import AccountService
from ..bookings.model import Booking
from ..bookings.service import BookingService
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..payments.model import Payment, Refund
from ..payments.reader import PaymentReader
from . import payment_rules as rules
from .email import Sender
from .mailboxes import Mailbox
from .mailing import Write, mailing
from .message import Message
from .payment_messages import PaymentComposer
from .replies import Replies

DUE = "notifications.payment_due"
LATE = "notifications.payment_late"
REFUNDED = "notifications.payment_refunded"
Compose = Callable[[Job, User, Booking, Mailbox | None], Message | None]


class PaymentMails:
    """Writes to who pays; replies go to the organizer. With a `frontend`, mails link to its pages."""

    def __init__(
        self,
        money: PaymentReader,
        bookings: BookingService,
        accounts: AccountService,
        sender: Sender,
        outbox: Outbox,
        clock: Callable[[], datetime],
        replies: Replies,
        frontend: str | None,
    ):
        self._money = money
        self._bookings = bookings
        self._accounts = accounts
        self._clock = clock
        self._replies = replies
        self._composer = PaymentComposer(frontend)
        self.tell_due = mailing(outbox, sender, self._due)
        self.tell_late = mailing(outbox, sender, self._late)
        self.tell_refunded = mailing(outbox, sender, self._refunded)

    def _due(self, jobs: list[Job]) -> Write:
        def compose(job: Job, customer: User, booking: Booking, reply_to: Mailbox | None) -> Message | None:
            event = booking["event"]
            if event is None or not rules.is_due(booking, event, self._clock()):
                return None
            return self._composer.due(job, customer, booking, replies_arrive=reply_to is not None)

        return self._about({job["_id"]: job["payload"]["booking_id"] for job in jobs}, compose)

    def _late(self, jobs: list[Job]) -> Write:
        payments = self._money.payments(job["payload"]["payment_id"] for job in jobs)

        def compose(job: Job, customer: User, booking: Booking, _reply_to: Mailbox | None) -> Message | None:
            return self._composer.late(job, customer, booking, payments[job["payload"]["payment_id"]])

        return self._about(_bookings_of(jobs, "payment_id", payments), compose)

    def _refunded(self, jobs: list[Job]) -> Write:
        refunds = self._money.refunds(job["payload"]["refund_id"] for job in jobs)

        def compose(job: Job, customer: User, booking: Booking, _reply_to: Mailbox | None) -> Message | None:
            refund = refunds[job["payload"]["refund_id"]]
            return self._composer.refunded(job, customer, booking, refund) if rules.is_news(refund) else None

        return self._about(_bookings_of(jobs, "refund_id", refunds), compose)

    def _about(self, booking_ids: Mapping[ObjectId | str, ObjectId], compose: Compose) -> Write:
        """Return what writes the mail of a job about the booking that is found by the job's id."""
        bookings = self._bookings.by_id(set(booking_ids.values()))
        people = self._accounts.people(_people_in(bookings.values()))

        def write(job: Job) -> Message | None:
            booking = bookings.get(booking_ids[job["_id"]]) if job["_id"] in booking_ids else None
            customer = people.get(booking["customer_id"]) if booking else None
            if booking is None or booking["event"] is None or customer is None:
                return None
            reply_to = self._replies.read_by(people.get(booking["event"]["organizer_id"]))
            message = compose(job, customer, booking, reply_to)
            return message and replace(message, reply_to=reply_to)

        return write


def _bookings_of(
    jobs: list[Job], name: str, found: Mapping[ObjectId, Payment] | Mapping[ObjectId, Refund]
) -> dict[ObjectId | str, ObjectId]:
    """Return the booking of what each job names, by the job's id; jobs about what is not found are left out."""
    named = ((job["_id"], found.get(job["payload"][name])) for job in jobs)
    return {job_id: each["booking_id"] for job_id, each in named if each is not None}


def _people_in(bookings: Iterable[Booking]) -> Iterable[ObjectId]:
    for booking in bookings:
        yield booking["customer_id"]
        if booking["event"]:
            yield booking["event"]["organizer_id"]
