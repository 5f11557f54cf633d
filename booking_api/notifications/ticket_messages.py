"""Writes the mails to who got a ticket from somebody else, and to who has it no longer. Pure."""

from dataclasses import replace
from typing import Any, cast

from ..accounts.model import Contact
from ..bookings.model import Booking, Ticket, Transfer
from ..bookings.rules import CANCELLED
from ..bookings.tickets import status_of
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..jobs.model import Job
from . import names
from .message import Message
from .messages import Composer, language_of, showing, stranger, ticket_shown, type_of


class TicketComposer(Composer):
    """Writes the messages about tickets that were given to somebody, in the language of who booked."""

    def received(
        self, job: Job, giver: Contact, booking: Booking, ticket: Ticket, transfer: Transfer, url: str
    ) -> Message:
        """Return the mail with a ticket to whom it was given; it has no name that its giver has chosen for them."""
        given = ticket_shown(ticket, url, pictured=True)
        facts = {"ticket": given, "giver": names.unlinked(giver["name"])}
        message = self._to_holder(job, giver, booking, ticket, transfer, "ticket_received", facts)
        return showing(message, [given])

    def lost(self, job: Job, giver: Contact, booking: Booking, ticket: Ticket, transfer: Transfer) -> Message:
        """Return the message that a ticket which somebody was given is no longer theirs, and why."""
        event = cast(Event, booking["event"])
        cancelled = status_of(ticket, booking["status"]) == CANCELLED
        reason = "event_cancelled" if event["status"] == EVENT_CANCELLED else "cancelled" if cancelled else "given_on"
        facts = {"reason": reason, "type": type_of(ticket)}
        return self._to_holder(job, giver, booking, ticket, transfer, "ticket_lost", facts)

    def _to_holder(
        self,
        job: Job,
        giver: Contact,
        booking: Booking,
        ticket: Ticket,
        transfer: Transfer,
        template: str,
        facts: dict[str, Any],
    ) -> Message:
        event = cast(Event, names.of_booking(booking)["event"])
        subject = language_of(giver).say(f"{template}.subject", title=event["title"])
        holder = stranger({**giver, "email": transfer["email"]})
        message = self.write(job, holder, template, "Ticket email", subject, facts | {"event": event})
        # Its address is nobody's account. Who sends it there is known, and may do so ten times a day.
        return replace(message, solicited=True)
