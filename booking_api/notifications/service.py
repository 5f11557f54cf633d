"""Notices to all guests of an event: of a change, a cancellation, a reminder, or a message from its organizer.

They are sent in three steps, each safe to run twice. A fact leads to a notice, stored in the transaction that marks the
fact as announced. The fan-out owes a message to some hundreds of guests at a time, in the transaction that stores how
far it has come. Each message is a job.
"""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.service import BookingService
from ..events.announcements import Announcements
from ..events.model import Event
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..events.rules import CANCELLED
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from . import rules
from .facts import NOTICE_MADE, NOTICE_OWED, Addressed, OfNotice
from .model import Notice
from .store import NoticeStore

ANNOUNCE_CHANGE = "notifications.announce_change"
ANNOUNCE_CANCELLATION = "notifications.announce_cancellation"
ANNOUNCE_REMINDER = "notifications.announce_reminder"
FAN_OUT = "notifications.fan_out"
GUESTS_A_BATCH = 500


class NotificationService:
    """Notifies everybody who has booked an event, each once however many bookings they have."""

    def __init__(
        self,
        notices: NoticeStore,
        bookings: BookingService,
        events: EventReader,
        announcements: Announcements,
        accounts: AccountService,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
    ):
        self._notices = notices
        self._bookings = bookings
        self._events = events
        self._announcements = announcements
        self._accounts = accounts
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock

    def write_to_guests(
        self, event_id: ObjectId, organizer_id: ObjectId, subject: str, body: str, message_id: ObjectId
    ) -> Notice:
        """Owe every guest an organizer's message; return its notice, or that of an earlier attempt with this id.

        The guests of a cancelled event are those whose bookings were cancelled with it. Raises `EventNotFound`,
        `NotYourEvent` and `TooManyMessages`.
        """
        event = self._events.require(MANAGER, event_id, organizer_id)
        notice = rules.message(event, subject, body, str(message_id), self._clock())

        def attempt(unit: UnitOfWork) -> Notice:
            existing = self._notices.find(notice["_id"], unit.session)
            if existing is not None:
                return existing
            earlier = self._notices.latest(event_id, rules.MESSAGE, rules.MESSAGES_A_DAY, unit.session)
            rules.require_patience(earlier, self._clock())
            self._publish(unit, notice)
            self._announcements.touch(unit, event_id)  # concurrent messages conflict here, so that the limit holds
            return notice

        return self._transactions.run(attempt)

    def announce_change(self, job: Job) -> None:
        """Make a notice of what changed about an event, or postpone it if there were too many of late."""

        def attempt(unit: UnitOfWork) -> None:
            event = self._events.find(unit, job["payload"]["event_id"])
            if event is None:
                return
            now = self._clock()
            notice = rules.change_notice(event, now)
            if notice is None or self._concerns_nobody(notice):
                if event.get("interim"):
                    self._announcements.announced(unit, event)
                return
            # Concurrent announcements conflict in the event, which stores what was announced, so that the limit holds.
            earlier = self._notices.latest(event["_id"], rules.CHANGE, rules.CHANGES_COUNTED, unit.session)
            due_at, urgent = rules.change_due(notice, earlier, now)
            if due_at > now:
                self._announcements.tell_changes(unit, event["_id"], due_at)
            else:
                notice["urgent"] = urgent
                self._publish(unit, notice)
                self._announcements.announced(unit, event)

        self._transactions.run(attempt)

    def announce_cancellation(self, job: Job) -> None:
        """Make a notice that an event was cancelled."""
        self._announce(job, lambda event: rules.cancellation_notice(event, self._clock()))

    def announce_reminder(self, job: Job) -> None:
        """Make a notice that an event takes place soon."""
        date = job["payload"]["date"]
        self._announce(job, lambda event: rules.reminder(event, date, self._clock()))

    def _announce(self, job: Job, write_notice: Callable[[Event], Notice | None]) -> None:
        def attempt(unit: UnitOfWork) -> None:
            event = self._events.find(unit, job["payload"]["event_id"])
            notice = None if event is None else write_notice(event)
            if notice is not None and self._notices.find(notice["_id"], unit.session) is None:
                self._publish(unit, notice)

        self._transactions.run(attempt)

    def _publish(self, unit: UnitOfWork, notice: Notice) -> None:
        self._notices.insert(notice, unit.session)
        self._outbox.record(unit, NOTICE_MADE, [OfNotice(notice_id=notice["_id"])])

    def fan_out(self, job: Job) -> None:
        """Owe the next `GUESTS_A_BATCH` guests of a notice their message, and then the next fan-out."""
        notice = self._notices.find(job["payload"]["notice_id"])
        if notice is None:
            return
        guests = self._guests(notice, GUESTS_A_BATCH)

        def attempt(unit: UnitOfWork) -> None:
            if self._notices.advance(notice, guests[-1], unit.session):
                owed: list[Addressed] = [{"notice_id": notice["_id"], "customer_id": guest} for guest in guests]
                self._outbox.record(unit, NOTICE_OWED, owed)
                rest = OfNotice(notice_id=notice["_id"])  # for the rest of the guests
                self._outbox.record(unit, NOTICE_MADE, [rest])

        if guests:
            self._transactions.run(attempt)

    def _guests(self, notice: Notice, limit: int) -> list[ObjectId]:
        def find(*, of_cancelled_event: bool) -> list[ObjectId]:
            return self._bookings.bookers(
                notice["event_id"],
                notice["reached"],
                limit,
                of_cancelled_event=of_cancelled_event,
                before_version=notice.get("changed_in_version"),
                from_version=notice.get("from_version"),
            )

        guests = find(of_cancelled_event=notice["kind"] == rules.CANCELLATION)
        # Asked after reading them: an event is cancelled before its bookings are, so if it is not, nobody was missing.
        if notice["kind"] == rules.MESSAGE and self._is_cancelled(notice["event_id"]):
            return find(of_cancelled_event=True)
        return guests

    def _is_cancelled(self, event_id: ObjectId) -> bool:
        event = self._events.by_id([event_id]).get(event_id)
        return event is not None and event["status"] == CANCELLED

    def _concerns_nobody(self, notice: Notice) -> bool:
        # A change that was undone nearly always concerns nobody, and must not count towards the limit. Everybody who
        # booked in between can be found: they committed before the edit that undid the change.
        return "from_version" in notice and not self._guests(notice, 1)
