"""Writes the mails to people: what each says, and to whom. Pure."""

from typing import Any, cast

from ..accounts.model import Contact
from ..accounts.rules import is_verified
from ..bookings.model import Booking
from ..events.model import Event, GuestView
from ..events.rules import GUEST_FIELDS
from ..jobs.model import Job
from . import names
from .message import Message
from .model import Notice

CONFIRMATION_LINE = "Booking confirmation email"
NOTICE_LINE = "Event update notification"
LONGEST_SUBJECT = 150


class Composer:
    """Writes the messages that jobs owe; a job provides the Message-ID and the date."""

    def confirmation(self, job: Job, customer: Contact, booking: Booking) -> Message:
        """Return the confirmation of a booking."""
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        subject = f"Your tickets for {event['title']}"
        facts = {"event": event, "booking": booking}
        return self._write(job, customer, "confirmation", CONFIRMATION_LINE, subject, facts)

    def booking_cancelled(self, job: Job, customer: Contact, booking: Booking) -> Message:
        """Return the receipt of a customer's own cancellation."""
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        subject = f"Your booking for {event['title']} is cancelled"
        facts = {"event": event, "booking": booking}
        return self._write(job, customer, "booking_cancelled", "Booking cancellation email", subject, facts)

    def event_changed(self, job: Job, customer: Contact, event: Event, notice: Notice) -> Message:
        """Return the message about a changed event, as it was and as it is now."""
        before, after = (_at_zone(view, event) for view in (notice["before"], notice["after"]))
        changed = [name for name in GUEST_FIELDS if before[name] != after[name]]
        facts = {"before": before, "after": after, "changed": changed}
        subject = f"Changed: {after['title']}"
        return self._write(job, customer, "event_changed", NOTICE_LINE, subject, facts)

    def event_cancelled(self, job: Job, customer: Contact, event: Event, notice: Notice) -> Message:
        """Return the message that an event will not take place, with its organizer's reason."""
        event = names.of_event(event)
        facts = {"event": event, "reason": notice["reason"]}
        return self._write(job, customer, "event_cancelled", NOTICE_LINE, f"Cancelled: {event['title']}", facts)

    def reminder(self, job: Job, customer: Contact, event: Event, _notice: Notice) -> Message:
        """Return the reminder of an event."""
        event = names.of_event(event)
        facts = {"event": event}
        return self._write(job, customer, "reminder", "Event reminder", f"Tomorrow: {event['title']}", facts)

    def organizer_message(self, job: Job, customer: Contact, event: Event, notice: Notice) -> Message:
        """Return an organizer's message."""
        facts = {"event": names.of_event(event), "body": notice["body"]}
        return self._write(job, customer, "organizer_message", "Organizer message", notice["subject"], facts)

    def password_reset(self, job: Job, user: Contact, token: str, link: str | None) -> Message:
        """Return the mail with the token that sets a new password."""
        person = user if is_verified(user) else _stranger(user["email"])
        facts = {"token": token, "link": link}
        return self._write(job, person, "password_reset", "Password reset email", "Set a new password", facts)

    def email_verification(self, job: Job, address: str, token: str, link: str | None) -> Message:
        """Return the mail with the token that verifies an email."""
        facts = {"token": token, "link": link}
        person = _stranger(address)
        return self._write(job, person, "email_verification", "Email verification", "Verify your email", facts)

    def _write(
        self,
        job: Job,
        person: Contact,
        template: str,
        what: str,
        subject: str,
        facts: dict[str, Any],
    ) -> Message:
        subject, name = names.unlinked(subject), names.unlinked(person["name"])
        return Message(
            to=person["email"],
            to_name=name,
            subject=subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…",
            line=f"{what} sent to {person['email']}",
            message_id=job["message_id"],
            written_at=job["created_at"],
            template=template,
            facts=facts | {"name": name or "there"},
            solicited=is_verified(person),
        )


def _stranger(address: str) -> Contact:
    """Return a contact without a name, for an address whose owner may not know us: its mail has no text by others."""
    return {"name": "", "email": address}


def _at_zone(view: GuestView, event: Event) -> dict[str, Any]:
    return {**names.of_event(view), "timezone": event["timezone"]}
