"""The mails of a notice: one to each guest that the fan-out has reached."""

from collections.abc import Callable
from datetime import datetime

from ..accounts.service import AccountService
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


class NoticeMails:
    """Sends guests what their notices say; if there is a `frontend`, with links to its pages."""

    def __init__(
        self,
        notices: NoticeStore,
        events: EventReader,
        accounts: AccountService,
        outbox: Outbox,
        sender: Sender,
        clock: Callable[[], datetime],
        frontend: str | None,
    ):
        self._notices = notices
        self._events = events
        self._accounts = accounts
        self._composer = Composer(frontend)
        self._clock = clock
        self.tell = mailing(outbox, sender, self._tell)

    def _tell(self, jobs: list[Job]) -> Write:
        notices = self._notices.find_many({job["payload"]["notice_id"] for job in jobs})
        people = self._accounts.people(job["payload"]["customer_id"] for job in jobs)
        events = self._events.by_id(notice["event_id"] for notice in notices.values())
        compose = {
            rules.CHANGE: self._composer.event_changed,
            rules.CANCELLATION: self._composer.event_cancelled,
            rules.MESSAGE: self._composer.organizer_message,
        }

        def write(job: Job) -> Message | None:
            notice = notices.get(job["payload"]["notice_id"])
            customer = people.get(job["payload"]["customer_id"])
            event = None if notice is None else events.get(notice["event_id"])
            if notice is None or event is None or customer is None:
                return None
            now = self._clock()
            if rules.comes_too_late(notice, event, now):
                return None
            if notice["kind"] == rules.REMINDER:
                return self._composer.reminder(job, customer, event, now)
            return compose[notice["kind"]](job, customer, event, notice)

        return write
