"""The mail that lets somebody set a new password."""

from typing import Any

from ..accounts.service import PASSWORD_RESET_FACT, AccountService
from ..jobs.outbox import Outbox
from .email import Sender
from .mailing import Write, mailing
from .messages import Composer, Message

SEND_TOKEN = "notifications.send_password_reset"  # noqa: S105 (a name)


class PasswordMails:
    """Sends the tokens that set a new password."""

    def __init__(self, accounts: AccountService, sender: Sender, page: str | None):
        self._accounts = accounts
        self._sender = sender
        self._page = page

    def subscribe(self, outbox: Outbox) -> None:
        """Take on the wish for a new password."""
        outbox.handle_batches(SEND_TOKEN, mailing(outbox, self._sender, self._prepare), fact=PASSWORD_RESET_FACT)

    def _prepare(self, _jobs: list[dict[str, Any]]) -> Write:
        composer = Composer()

        def write(job: dict[str, Any]) -> Message | None:
            # The token is made here, so that it never lies in a job; another attempt makes another one.
            payload = job["payload"]
            # The version before kept the address in the job.
            user_id = payload["user_id"] if "user_id" in payload else self._accounts.find_id(payload["email_key"])
            granted = self._accounts.grant_password_reset(user_id)
            if granted is None:
                return None
            user, token = granted
            link = self._page and f"{self._page}{'&' if '?' in self._page else '?'}token={token}"
            return composer.password_reset(job, user, token, link)

        return write
