"""Mails to people who wait for tickets: they have joined, are offered some, have missed them, or wait no longer.

Each says what is true when it is written, or is not sent: an offer that was answered meanwhile is told by what answered
it, and the confirmation of an accepted one is that of any booking.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast

from bson import ObjectId

from ..accounts.model import User
from ..accounts.service import AccountService
from ..bookings.service import BookingService
from ..events.model import Event
from ..events.reader import EventReader
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..waitlist.model import Entry
from ..waitlist.service import WaitlistService
from . import waitlist_rules as rules
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .replies import Replies
from .waitlist_messages import WaitlistComposer

JOINED = "notifications.waitlist_joined"
OFFERED = "notifications.waitlist_offered"
MISSED = "notifications.waitlist_missed"
CLOSED_LIST = "notifications.waitlist_closed"
Compose = Callable[[Job, User, Entry, Event], Message | None]


class WaitlistMails:
    """Writes to people on waiting lists; replies go to the organizer. With a `frontend`, mails link to its pages."""

    def __init__(
        self,
        waitlist: WaitlistService,
        bookings: BookingService,
        events: EventReader,
        accounts: AccountService,
        sender: Sender,
        outbox: Outbox,
        clock: Callable[[], datetime],
        replies: Replies,
        frontend: str | None,
    ):
        self._waitlist = waitlist
        self._bookings = bookings
        self._events = events
        self._accounts = accounts
        self._clock = clock
        self._replies = replies
        self._composer = WaitlistComposer(frontend)
        self.tell_joined = mailing(outbox, sender, self._joined)
        self.tell_offered = mailing(outbox, sender, self._offered)
        self.tell_missed = mailing(outbox, sender, self._missed)
        self.tell_closed = mailing(outbox, sender, self._closed)

    def _joined(self, jobs: list[Job]) -> Write:
        def compose(job: Job, customer: User, entry: Entry, event: Event) -> Message | None:
            if not rules.still_waits(entry, event, self._clock()):
                return None
            return self._composer.joined(job, customer, entry, event)

        return self._about(self._entries(jobs), compose)

    def _offered(self, jobs: list[Job]) -> Write:
        entries = self._entries(jobs)
        bookings = self._bookings.by_id(_booking_ids(entries))

        def compose(job: Job, customer: User, entry: Entry, event: Event) -> Message | None:
            booking = bookings.get(entry["booking_id"]) if entry["booking_id"] else None
            if booking is None or not rules.is_offer_open(entry, booking, event, self._clock()):
                return None
            return self._composer.offered(job, customer, entry, booking)

        return self._about(entries, compose)

    def _missed(self, jobs: list[Job]) -> Write:
        entries = self._entries(jobs)
        bookings = self._bookings.by_id(_booking_ids(entries))

        def compose(job: Job, customer: User, entry: Entry, event: Event) -> Message | None:
            booking = bookings.get(entry["booking_id"]) if entry["booking_id"] else None
            if booking is None or not rules.was_missed(entry, event):
                return None
            return self._composer.missed(job, customer, booking, is_open=rules.is_open(event, self._clock()))

        return self._about(entries, compose)

    def _closed(self, jobs: list[Job]) -> Write:
        entries = self._entries(jobs)
        # Who has booked too hears of a cancelled event by the notice to all guests, and not a second time.
        guests = self._bookings.of_guests((entry["event_id"], entry["customer_id"]) for entry in entries.values())

        def compose(job: Job, customer: User, entry: Entry, event: Event) -> Message | None:
            if not rules.was_closed(entry):
                return None
            reason = rules.why_closed(entry, event)
            if reason == rules.EVENT_CANCELLED and (event["_id"], customer["_id"]) in guests:
                return None
            return self._composer.closed(job, customer, event, reason, is_open=rules.is_open(event, self._clock()))

        return self._about(entries, compose)

    def _entries(self, jobs: list[Job]) -> dict[ObjectId, Entry]:
        return self._waitlist.by_id([job["payload"]["entry_id"] for job in jobs])

    def _about(self, entries: dict[ObjectId, Entry], compose: Compose) -> Write:
        events = self._events.by_id(entry["event_id"] for entry in entries.values())
        for entry in entries.values():
            if "deleted_event" in entry:
                # It is only told that it is gone, for which this is enough.
                events[entry["event_id"]] = cast(Event, entry["deleted_event"])
        customers = [entry["customer_id"] for entry in entries.values()]
        people = self._accounts.people([*customers, *(event["organizer_id"] for event in events.values())])

        def write(job: Job) -> Message | None:
            entry = entries.get(job["payload"]["entry_id"])
            event = events.get(entry["event_id"]) if entry else None
            customer = people.get(entry["customer_id"]) if entry else None
            if entry is None or event is None or customer is None:
                return None
            message = compose(job, customer, entry, event)
            return message and replace(message, reply_to=self._replies.read_by(people.get(event["organizer_id"])))

        return write


def _booking_ids(entries: dict[ObjectId, Entry]) -> list[ObjectId]:
    return [entry["booking_id"] for entry in entries.values() if entry["booking_id"]]
