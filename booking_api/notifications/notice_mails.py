"""The mails of a notice: one to each guest that the fan-out has reached."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..accounts.service import AccountService
from ..bookings.calendar import of_bookings
from ..bookings.service import BookingService
from ..events.calendar import Publisher
from ..events.reader import EventReader
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from . import rules
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer
from .replies import Replies
from .store import NoticeStore
from .unsubscribing import Subscription, Unsubscribing

TELL = "notifications.tell"


class NoticeMails:
    """Sends guests what their notices say; if there is a `frontend`, with links to its pages."""

    def __init__(
        self,
        notices: NoticeStore,
        events: EventReader,
        bookings: BookingService,
        accounts: AccountService,
        outbox: Outbox,
        sender: Sender,
        clock: Callable[[], datetime],
        replies: Replies,
        unsubscribing: Unsubscribing,
        publisher: Publisher,
        frontend: str | None,
    ):
        self._notices = notices
        self._events = events
        self._bookings = bookings
        self._accounts = accounts
        self._composer = Composer(frontend)
        self._clock = clock
        self._replies = replies
        self._unsubscribing = unsubscribing
        self._publisher = publisher
        self.tell = mailing(outbox, sender, self._tell)

    def _tell(self, jobs: list[Job]) -> Write:
        notices = self._notices.find_many({job["payload"]["notice_id"] for job in jobs})
        events = self._events.by_id(notice["event_id"] for notice in notices.values())
        customers = [job["payload"]["customer_id"] for job in jobs]
        people = self._accounts.people([*customers, *(event["organizer_id"] for event in events.values())])
        about = [(notices.get(job["payload"]["notice_id"]), job["payload"]["customer_id"]) for job in jobs]
        bookings = self._bookings.of_guests(
            (notice["event_id"], customer_id) for notice, customer_id in about if notice and rules.moves_entries(notice)
        )
        unwanted = self._unsubscribing.among(
            Subscription(customer_id, notice["event_id"])
            for notice, customer_id in about
            if notice and rules.is_dispensable(notice)
        )
        compose = {
            rules.CHANGE: self._composer.event_changed,
            rules.MESSAGE: self._composer.organizer_message,
        }

        def write(job: Job) -> Message | None:
            notice = notices.get(job["payload"]["notice_id"])
            customer = people.get(job["payload"]["customer_id"])
            event = None if notice is None else events.get(notice["event_id"])
            if notice is None or event is None or customer is None:
                return None
            now = self._clock()
            organizer = people.get(event["organizer_id"])
            event = {**event, "organizer": organizer}
            if rules.comes_too_late(notice, event, now):
                return None
            booked = bookings.get((event["_id"], customer["_id"]), [])
            if notice["kind"] == rules.CANCELLATION:
                message = self._composer.event_cancelled(job, customer, event, notice, booked)
            elif notice["kind"] == rules.REMINDER:
                message = self._composer.reminder(job, customer, event, now)
            else:
                message = compose[notice["kind"]](job, customer, event, notice)
            if rules.is_dispensable(notice):
                subscription = Subscription(customer["_id"], event["_id"])
                if subscription in unwanted:
                    return None
                message = replace(message, unsubscribe_url=self._unsubscribing.link(subscription))
            if rules.moves_entries(notice) and booked:
                calendar = of_bookings(self._publisher, event, booked)
                message = replace(message, calendar=calendar)
            return replace(message, reply_to=self._replies.read_by(organizer))

        return write
