"""Writes the mails about money: that it is needed, that it came too late, and that it has gone back. Pure."""

from typing import cast

from ..accounts.model import Contact
from ..bookings import payment as money
from ..bookings.model import Booking
from ..events.model import Event
from ..jobs.model import Job
from ..payments.model import Payment, Refund
from . import names, payment_rules
from .message import Message
from .messages import Composer, held_until, language_of

LINE = "Payment email"


class PaymentComposer(Composer):
    """Writes the messages about the money of bookings; receipts are the confirmations of their bookings."""

    def due(self, job: Job, customer: Contact, booking: Booking, *, replies_arrive: bool) -> Message:
        """Return the message that a booking is held until it is paid by hand: what, how much, and until when.

        How to pay only the organizer knows. If `replies_arrive`, they read the answers to it.
        """
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        facts = {
            "event": event,
            "booking": booking,
            "due": money.due(booking),
            "until": held_until(customer, booking, event),
            "replies_arrive": replies_arrive,
            "page": self.page("bookings", booking["_id"]),
        }
        subject = language_of(customer).say("payment_due.subject", title=event["title"])
        return self.write(job, customer, "payment_due", LINE, subject, facts)

    def late(self, job: Job, customer: Contact, booking: Booking, payment: Payment) -> Message:
        """Return the message that a payment goes back, as nothing could be sold for it, and why."""
        booking = names.of_booking(booking)
        event, cause = cast(Event, booking["event"]), payment_rules.why_back(booking)
        stays = cause == payment_rules.TWICE
        facts = {
            "event": event,
            "booking": booking,
            "cause": cause,
            "amount": payment["amount"],
            "mode": payment["mode"],
            "page": self.page("bookings", booking["_id"]) if stays else self.page("events", event["_id"]),
        }
        subject = language_of(customer).say("payment_late.subject", title=event["title"])
        return self.write(job, customer, "payment_late", LINE, subject, facts)

    def refunded(self, job: Job, customer: Contact, booking: Booking, refund: Refund) -> Message:
        """Return the message that money has gone back: how much, for which booking, and why."""
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        facts = {
            "event": event,
            "booking": booking,
            "amount": refund["amount"],
            "mode": refund["mode"],
            "reason": refund["reason"],
            "page": self.page("bookings", booking["_id"]),
        }
        subject = language_of(customer).say("payment_refunded.subject", title=event["title"])
        return self.write(job, customer, "payment_refunded", LINE, subject, facts)
