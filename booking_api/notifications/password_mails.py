"""The mail that lets somebody set a new password."""

from ..accounts.service import AccountService
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer

SEND_TOKEN = "notifications.send_password_reset"  # noqa: S105 (a name)


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
