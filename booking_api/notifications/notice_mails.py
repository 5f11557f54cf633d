"""The mails of a notice: one to each guest that the fan-out has reached."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..accounts.service import AccountService
from ..bookings.calendar import of_bookings
from ..bookings.service import BookingService
from ..events.calendar import Publisher
from ..events.model import Event
from ..events.reader import EventReader
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from . import rules
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer
from .store import NoticeStore

TELL = "notifications.tell"
OF_CALENDARS = (rules.CHANGE, rules.CANCELLATION)  # these notices change what guests have in their calendars


class NoticeMails:
    """Sends guests what their notices say."""

    def __init__(
        self,
        notices: NoticeStore,
        events: EventReader,
        bookings: BookingService,
        accounts: AccountService,
        outbox: Outbox,
        sender: Sender,
        clock: Callable[[], datetime],
        publisher: Publisher,
    ):
        self._notices = notices
        self._events = events
        self._bookings = bookings
        self._accounts = accounts
        self._clock = clock
        self._publisher = publisher
        self.tell = mailing(outbox, sender, self._tell)

    def _tell(self, jobs: list[Job]) -> Write:
        notices = self._notices.find_many({job["payload"]["notice_id"] for job in jobs})
        events = self._events.by_id(notice["event_id"] for notice in notices.values())
        customers = [job["payload"]["customer_id"] for job in jobs]
        people = self._accounts.people([*customers, *(event["organizer_id"] for event in events.values())])
        bookings = self._bookings.of_guests(
            (notice["event_id"], job["payload"]["customer_id"])
            for job in jobs
            if (notice := notices.get(job["payload"]["notice_id"])) and notice["kind"] in OF_CALENDARS
        )
        composer = Composer()
        compose = {
            rules.CHANGE: composer.event_changed,
            rules.CANCELLATION: composer.event_cancelled,
            rules.REMINDER: composer.reminder,
            rules.MESSAGE: composer.organizer_message,
        }

        def write(job: Job) -> Message | None:
            notice = notices.get(job["payload"]["notice_id"])
            customer = people.get(job["payload"]["customer_id"])
            event = None if notice is None else events.get(notice["event_id"])
            if notice is None or event is None or customer is None:
                return None
            if rules.comes_too_late(notice, event, self._clock()):
                return None
            message = compose[notice["kind"]](job, customer, event, notice)
            booked = bookings.get((event["_id"], customer["_id"]))
            if notice["kind"] not in OF_CALENDARS or not booked:
                return message
            organized: Event = {**event, "organizer": people.get(event["organizer_id"])}
            return replace(message, calendar=of_bookings(self._publisher, organized, booked))

        return write
