"""Mails to those who wait for tickets: that they do, that there are some for them, and that there will be none."""

from ..accounts.service import AccountService
from ..events.reader import EventReader
from ..jobs.kinds import BatchHandler
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..waitlist.rules import CLOSED, EXPIRED, OFFERED, WAITING
from ..waitlist.service import WaitlistService
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer
from .waitlist_messages import message_of

JOINED, OFFER = "notifications.waitlist_joined", "notifications.waitlist_offered"
MISSED, ENDED = "notifications.waitlist_missed", "notifications.waitlist_closed"


class WaitlistMails:
    """Writes to those who wait. What is no longer true when a mail is due is not sent."""

    def __init__(
        self,
        waitlist: WaitlistService,
        events: EventReader,
        accounts: AccountService,
        sender: Sender,
        outbox: Outbox,
        frontend: str | None,
    ):
        self._waitlist = waitlist
        self._events = events
        self._accounts = accounts
        self._composer = Composer(frontend)

        def of(status: str) -> BatchHandler:
            return mailing(outbox, sender, lambda jobs: self._about(jobs, status))

        self.tell_joined, self.tell_offered = of(WAITING), of(OFFERED)
        self.tell_missed, self.tell_closed = of(EXPIRED), of(CLOSED)

    def _about(self, jobs: list[Job], status: str) -> Write:
        entries = self._waitlist.by_id([job["payload"]["entry_id"] for job in jobs])
        events = self._events.by_id(entry["event_id"] for entry in entries.values())
        people = self._accounts.people(entry["customer_id"] for entry in entries.values())

        def write(job: Job) -> Message | None:
            entry = entries.get(job["payload"]["entry_id"])
            if entry is None or entry["status"] != status:
                return None
            event, person = events.get(entry["event_id"]), people.get(entry["customer_id"])
            return message_of(self._composer, job, person, entry, event) if event and person else None

        return write
