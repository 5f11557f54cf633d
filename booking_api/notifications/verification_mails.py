"""The mail that lets somebody verify an email."""

from ..accounts.verification import EmailVerification
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from .email import Sender
from .mailing import Write, mailing
from .message import Message
from .messages import Composer

SEND_TOKEN = "notifications.send_email_verification"  # noqa: S105 (a name)


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
