"""The mail that tells an organizer that one of their webhooks was disabled."""

from ..accounts.service import AccountService
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..webhooks.rules import DISABLED, REQUESTED
from ..webhooks.store import WebhookStore
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer

TELL_OF_DISABLED_WEBHOOK = "notifications.webhook_disabled"


class WebhookMails:
    """Mails about webhooks."""

    def __init__(self, webhooks: WebhookStore, accounts: AccountService, sender: Sender, outbox: Outbox):
        self._webhooks = webhooks
        self._accounts = accounts
        self.tell_of_disabled = mailing(outbox, sender, self._prepare)

    def _prepare(self, jobs: list[Job]) -> Write:
        webhooks = {one["_id"]: one for one in self._webhooks.find_many(job["payload"]["webhook_id"] for job in jobs)}
        people = self._accounts.people([one["organizer_id"] for one in webhooks.values()])
        composer = Composer()

        def write(job: Job) -> Message | None:
            webhook = webhooks.get(job["payload"]["webhook_id"])
            organizer = webhook and people.get(webhook["organizer_id"])
            if webhook is None or organizer is None or webhook["status"] != DISABLED:
                return None
            if webhook["disabled_reason"] == REQUESTED:  # its owner has looked after it since
                return None
            return composer.webhook_disabled(job, organizer, webhook)

        return write
