"""Choose the sender that the settings name."""

from ..config import Settings
from ..errors import StartupError
from .email import ConsoleSender, Sender
from .mail_folder import MailFolder
from .smtp import SmtpSender, SmtpServer, checked_sender
from .verified_only import VerifiedOnly

__all__ = ["Sender", "checked", "make_sender"]


def make_sender(settings: Settings) -> Sender:
    """Return the sender that `EMAIL_URL` names; raises `StartupError` if the settings for mail cannot be used.

    Console mail is kept in `mails/` under `VAR_DIR` too, but not in production mode.
    """
    sender = checked_sender(settings.sender)
    if settings.email_url == "console":
        folder = None if settings.production else MailFolder(settings.var_dir / "mails", sender)
        return ConsoleSender(folder=folder)
    server = SmtpServer.from_url(settings.email_url)
    if settings.email_from is None:
        raise StartupError("EMAIL_FROM must be set when EMAIL_URL is: the address that mails come from.")
    return SmtpSender(server, sender)


def checked(sender: Sender, settings: Settings) -> Sender:
    """Return the sender; if verified emails are required, one that sends to no others."""
    return VerifiedOnly(sender) if settings.require_verified_email else sender
