"""Mails about an account: the tokens that set a new password and verify an email, and that a webhook is disabled."""

from ..accounts.service import AccountService
from ..accounts.verification import EmailVerification
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from ..webhooks.rules import DISABLED, REQUESTED
from ..webhooks.store import WebhookStore
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer

SEND_PASSWORD_RESET = "notifications.send_password_reset"  # noqa: S105 (a name)
SEND_VERIFICATION = "notifications.send_email_verification"
TELL_OF_DISABLED_WEBHOOK = "notifications.webhook_disabled"


class PasswordMails:
    """Mails the tokens that set a new password; if there is a `page` for it, as links to that page."""

    def __init__(self, accounts: AccountService, sender: Sender, outbox: Outbox, page: str | None):
        self._accounts = accounts
        self._page = page
        self.send_token = mailing(outbox, sender, self._prepare)

    def _prepare(self, _jobs: list[Job]) -> Write:
        composer = Composer()

        def write(job: Job) -> Message | None:
            # The token is created here, so that no job contains one; a retry creates another one.
            payload = job["payload"]
            # The previous version stored the email in the job.
            user_id = payload["user_id"] if "user_id" in payload else self._accounts.find_id(payload["email_key"])
            granted = None if user_id is None else self._accounts.grant_password_reset(user_id)
            if granted is None:
                return None
            user, token = granted
            link = self._page and f"{self._page}{'&' if '?' in self._page else '?'}token={token}"
            return composer.password_reset(job, user, token, link)

        return write


class VerificationMails:
    """Mails the tokens that verify an email; if there is a `frontend`, as links to one of its pages."""

    def __init__(self, verification: EmailVerification, sender: Sender, outbox: Outbox, frontend: str | None):
        self._verification = verification
        self._frontend = frontend
        self.send_token = mailing(outbox, sender, self._prepare)

    def _prepare(self, _jobs: list[Job]) -> Write:
        composer = Composer()

        def write(job: Job) -> Message | None:
            # The token is created here, so that no job contains one; a retry creates another one.
            granted = self._verification.grant(job["payload"]["user_id"], job["payload"]["change_id"])
            if granted is None:
                return None
            contact, token = granted
            link = self._frontend and f"{self._frontend}/verify-email?token={token}"
            return composer.email_verification(job, contact, token, link)

        return write


class WebhookMails:
    """Tells organizers that a webhook of theirs was disabled."""

    def __init__(self, webhooks: WebhookStore, accounts: AccountService, sender: Sender, outbox: Outbox):
        self._webhooks = webhooks
        self._accounts = accounts
        self.tell_of_disabled = mailing(outbox, sender, self._notices)

    def _notices(self, jobs: list[Job]) -> Write:
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
