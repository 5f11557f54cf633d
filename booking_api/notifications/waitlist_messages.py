"""Writes the mails to people who wait for tickets. Pure."""

from typing import cast

from ..accounts.model import Contact
from ..accounts.rules import locale_of
from ..bookings import payment
from ..bookings.model import Booking
from ..events.model import Event
from ..events.payment import MANUAL, mode_of
from ..events.waiting import type_of
from ..jobs.model import Job
from ..languages import catalogue
from ..waitlist.model import Entry
from . import names
from .message import Message
from .messages import Composer, held_until
from .waitlist_rules import EVENT_CANCELLED

LINE = "Waiting list email"


class WaitlistComposer(Composer):
    """Writes the messages about places on waiting lists; the pages are those of the event and of the booking."""

    def joined(self, job: Job, customer: Contact, entry: Entry, event: Event) -> Message:
        """Return the message that somebody waits, for what, and at which position they began to."""
        ticket_type = type_of(event, entry["ticket_type_id"])
        wanted = {
            "name": ticket_type and names.unlinked(ticket_type["name"]),
            "quantity": entry["quantity"],
            "least": entry["min_quantity"],
        }
        facts = {
            "event": names.of_event(event),
            "wanted": wanted,
            "position": entry.get("first_position"),
            "page": self.page("events", event["_id"]),
        }
        subject = _say(customer, "waitlist_joined.subject", event)
        return self.write(job, customer, "waitlist_joined", LINE, subject, facts)

    def offered(self, job: Job, customer: Contact, entry: Entry, booking: Booking) -> Message:
        """Return the message that tickets are held for somebody: which, until when, and how to accept or decline.

        Where they have to be paid, that is how to accept them.
        """
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        due, mode = payment.due(booking), mode_of(event)
        facts = {
            "event": event,
            "booking": booking,
            "wanted": entry["quantity"],
            "until": held_until(customer, booking, event),
            "due": due,
            "answer": ("hand_over" if mode == MANUAL else "pay") if due else "answer",
            "page": self.page("bookings", booking["_id"]),
        }
        subject = _say(customer, "waitlist_offered.subject", event)
        return self.write(job, customer, "waitlist_offered", LINE, subject, facts)

    def missed(self, job: Job, customer: Contact, booking: Booking, *, is_open: bool) -> Message:
        """Return the message that nobody has answered an offer; if the list `is_open`, how to join it again."""
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        page = self.page("events", event["_id"])
        facts = {"event": event, "booking": booking, "is_open": is_open, "page": page}
        subject = _say(customer, "waitlist_missed.subject", event)
        return self.write(job, customer, "waitlist_missed", LINE, subject, facts)

    def closed(self, job: Job, customer: Contact, event: Event, reason: str, *, is_open: bool) -> Message:
        """Return the message that somebody waits no longer, and why: a name in `waitlist_rules`."""
        gone = reason == EVENT_CANCELLED
        facts = {
            "event": names.of_event(event),
            "cause": reason,
            "reason": event.get("cancel_reason") if gone else None,
            "is_open": is_open,
            "page": self.page("events", event["_id"]),
        }
        subject = _say(customer, "event_cancelled.subject" if gone else "waitlist_closed.subject", event)
        return self.write(job, customer, "waitlist_closed", LINE, subject, facts)


def _say(person: Contact, text: str, event: Event) -> str:
    return catalogue.language(locale_of(person)).say(text, title=names.of_event(event)["title"])
