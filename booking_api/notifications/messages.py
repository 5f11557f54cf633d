"""Writes the mails to people: what each is about, in which language, and to whom. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from ..accounts.model import Contact
from ..accounts.rules import is_verified, locale_of
from ..bookings.links import TicketLinks
from ..bookings.model import Booking, Ticket
from ..events.model import Event, GuestView
from ..jobs.model import Job
from ..languages import catalogue, times
from ..languages.catalogue import Language
from ..payments.model import Payment
from ..webhooks.model import Webhook
from . import names, receipts
from .message import Message
from .model import Notice

CONFIRMATION_LINE = "Booking confirmation email"
NOTICE_LINE = "Event update notification"
WriteOfBooking = Callable[[Job, Contact, Booking], Message]
LONGEST_SUBJECT = 200
MOST_PICTURES = 20  # of tickets in a mail; each takes 1 ms and 1 KB, and further tickets have their links alone


class Composer:
    """Writes the messages that jobs owe; a job provides the Message-ID and the date.

    `frontend` is the address of the shop, whose pages of bookings and events the mails link to, if there is one.
    `links` makes those to tickets.
    """

    def __init__(self, frontend: str | None = None, links: TicketLinks | None = None):
        self._frontend = frontend
        self._links = links

    def confirmation(self, job: Job, customer: Contact, booking: Booking, payments: Sequence[Payment] = ()) -> Message:
        """Return the confirmation of a booking, with its tickets; it is the receipt of these payments too.

        If the event has its `organizer`, they are named as who sells.
        """
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        subject = language_of(customer).say("confirmation.subject", title=event["title"])
        tickets = [
            ticket_shown(
                ticket, self._links.of(ticket["code"]) if self._links else None, pictured=number < MOST_PICTURES
            )
            for number, ticket in enumerate(booking["tickets"])
        ]
        facts = {
            "event": event,
            "booking": booking,
            "tickets": tickets,
            "receipt": receipts.receipt(language_of(customer), booking, event, payments),
            "page": self.page("bookings", booking["_id"]),
        }
        message = self.write(job, customer, "confirmation", CONFIRMATION_LINE, subject, facts)
        return showing(message, tickets)

    def booking_cancelled(self, job: Job, customer: Contact, booking: Booking) -> Message:
        """Return the receipt of a customer's own cancellation."""
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        subject = language_of(customer).say("booking_cancelled.subject", title=event["title"])
        money, page = receipts.money_back([booking]), self.page("bookings", booking["_id"])
        facts = {"event": event, "booking": booking, "money": money, "page": page}
        return self.write(job, customer, "booking_cancelled", "Booking cancellation email", subject, facts)

    def cancelled_by_staff(self, job: Job, customer: Contact, booking: Booking) -> Message:
        """Return the message that who runs the event has cancelled a booking, with their reason."""
        event = cast(Event, names.of_booking(booking)["event"])
        subject = language_of(customer).say("booking_cancelled.subject", title=event["title"])
        money, page = receipts.money_back([booking]), self.page("events", event["_id"])
        facts = {"event": event, "booking": booking, "reason": booking.get("cancel_reason"), "money": money}
        facts["page"] = page
        return self.write(job, customer, "cancelled_by_staff", "Booking cancellation email", subject, facts)

    def tickets_cancelled(self, job: Job, customer: Contact, booking: Booking) -> Message:
        """Return the message to a customer that some tickets are cancelled: which, and what remains."""
        gone = job["payload"]["ticket_ids"]
        counts = Counter(ticket["ticket_type"] for ticket in booking["tickets"] if ticket["_id"] in gone)
        cancelled = [{"name": name and names.unlinked(name), "quantity": count} for name, count in counts.items()]
        booking = names.of_booking(booking)
        event = cast(Event, booking["event"])
        subject = language_of(customer).say("tickets_cancelled.subject", title=event["title"])
        money, page = receipts.money_back([booking]), self.page("bookings", booking["_id"])
        facts = {"event": event, "booking": booking, "cancelled": cancelled, "money": money, "page": page}
        return self.write(job, customer, "tickets_cancelled", "Booking cancellation email", subject, facts)

    def event_changed(self, job: Job, customer: Contact, event: Event, notice: Notice) -> Message:
        """Return the message about a changed event, as it was told before and as it is now."""
        language = language_of(customer)
        before, after = (_shown(language, view, event) for view in (notice["before"], notice["after"]))
        fields = [
            {"name": name, "now": now, "before": None if before[name] == now else before[name]}
            for name, now in after.items()
        ]
        subject = language.say("event_changed.subject", title=after["title"])
        facts = {"fields": fields, "page": self.page("events", event["_id"])}
        return self.write(job, customer, "event_changed", NOTICE_LINE, subject, facts)

    def event_cancelled(
        self, job: Job, customer: Contact, event: Event, notice: Notice, bookings: Sequence[Booking] = ()
    ) -> Message:
        """Return the message that an event will not take place, its organizer's reason, and what was paid for it."""
        event = names.of_event(event)
        subject = language_of(customer).say("event_cancelled.subject", title=event["title"])
        facts = {"event": event, "reason": notice["reason"], "money": receipts.money_back(bookings)}
        return self.write(job, customer, "event_cancelled", NOTICE_LINE, subject, facts)

    def reminder(self, job: Job, customer: Contact, event: Event, now: datetime) -> Message:
        """Return the reminder of an event, which names its day as it is called `now` in the event's time zone."""
        event, language = names.of_event(event), language_of(customer)
        which_day = times.day_of(event["date"], now, event["timezone"])
        day = times.day(language, event["date"], event["timezone"])
        subject = language.say(f"reminder.subject_{which_day}", title=event["title"], day=day)
        facts = {"event": event, "which_day": which_day, "day": day, "page": self.page("events", event["_id"])}
        return self.write(job, customer, "reminder", "Event reminder", subject, facts)

    def organizer_message(self, job: Job, customer: Contact, event: Event, notice: Notice) -> Message:
        """Return an organizer's message, with their name if the event has its `organizer`."""
        organizer = event.get("organizer")
        writer = names.unlinked(organizer["name"]) if organizer else None
        facts = {"event": names.of_event(event), "writer": writer, "body": notice["body"]}
        return self.write(job, customer, "organizer_message", "Event message", notice["subject"], facts)

    def password_reset(self, job: Job, user: Contact, token: str, link: str | None) -> Message:
        """Return the mail with the token that sets a new password."""
        person = user if is_verified(user) else stranger(user)
        subject = language_of(user).say("password_reset.subject")
        facts = {"token": token, "link": link}
        return self.write(job, person, "password_reset", "Password reset email", subject, facts)

    def email_verification(self, job: Job, contact: Contact, token: str, link: str | None) -> Message:
        """Return the mail with the token that verifies an email."""
        subject = language_of(contact).say("email_verification.subject")
        facts = {"token": token, "link": link}
        return self.write(job, stranger(contact), "email_verification", "Email verification", subject, facts)

    def webhook_disabled(self, job: Job, organizer: Contact, webhook: Webhook) -> Message:
        """Return the message that a webhook was disabled, and why; of its URL only the host, as it may have a token."""
        host = names.unlinked(urlsplit(webhook["url"]).hostname or "")
        subject = language_of(organizer).say("webhook_disabled.subject", host=host)
        facts = {"host": host, "reason": webhook["disabled_reason"], "number": webhook["_id"]}
        return self.write(job, organizer, "webhook_disabled", "Webhook disabled notice", subject, facts)

    def page(self, kind: str, page_id: object) -> str | None:
        """Return the address of a page of the shop, if there is one."""
        return self._frontend and f"{self._frontend}/{kind}/{page_id}"

    def write(
        self,
        job: Job,
        person: Contact,
        template: str,
        what: str,
        subject: str,
        facts: dict[str, Any],
    ) -> Message:
        """Return a message to a person; `what` is what the console calls it."""
        subject, name = names.unlinked(subject), names.unlinked(person["name"])
        return Message(
            to=person["email"],
            to_name=name,
            subject=subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…",
            line=f"{what} sent to {person['email']}",
            message_id=job["message_id"],
            written_at=job["created_at"],
            template=template,
            facts=facts | {"name": name},
            locale=locale_of(person),
            solicited=is_verified(person),
        )


def ticket_shown(ticket: Ticket, url: str | None, *, pictured: bool) -> dict[str, Any]:
    """Return what a mail has of a ticket; `picture` is the Content-ID of its QR code, if it has an address."""
    picture = f"{ticket['_id']}@tickets" if url and pictured else None
    return {"code": ticket["code"], "type": type_of(ticket), "url": url, "picture": picture}


def type_of(ticket: Ticket) -> str | None:
    return ticket["ticket_type"] and names.unlinked(ticket["ticket_type"])


def showing(message: Message, tickets: Iterable[dict[str, Any]]) -> Message:
    """Return a message with the QR codes that its HTML shows of these tickets."""
    return replace(message, qr_codes={each["picture"]: each["url"] for each in tickets if each["picture"]})


def held_until(customer: Contact, booking: Booking, event: Event) -> str:
    """Return until when a booking is held: to the minute before, so that nobody is told a time that is too late."""
    ends = cast(datetime, booking["hold_expires_at"]).replace(second=0, microsecond=0)
    return times.span(language_of(customer), ends, None, event["timezone"])


def language_of(contact: Contact) -> Language:
    return catalogue.language(locale_of(contact))


def stranger(contact: Contact) -> Contact:
    """Return a contact without its name, for an address whose owner may not know us: its mail has no text by others."""
    return {"name": "", "email": contact["email"], "locale": locale_of(contact)}


def _shown(language: Language, view: GuestView, event: Event) -> dict[str, str]:
    """Return what guests are told about an event, in words. Views of older versions have the event's present zone."""
    view = names.of_event(view)
    when = times.span(language, view["date"], view["end_date"], view.get("timezone", event["timezone"]))
    venue = view["venue"] or language.say("event_changed.no_venue")
    return {"title": view["title"], "when": when, "venue": venue}
