"""Build notifications and their senders."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..config import Settings
from ..core import Core
from ..events.wiring import Events
from . import routes
from .booking_mails import BookingMails
from .email import ConsoleSender, Sender
from .notice_mails import NoticeMails
from .password_mails import PasswordMails
from .service import NotificationService
from .smtp import SmtpSender, SmtpServer, checked_sender
from .store import NoticeStore
from .verification_mails import VerificationMails
from .verified_only import VerifiedOnly


@dataclass(frozen=True)
class Notifications:
    """The handlers of the jobs that send messages."""

    service: NotificationService
    notice_mails: NoticeMails
    booking_mails: BookingMails
    password_mails: PasswordMails
    verification_mails: VerificationMails


def make_sender(settings: Settings) -> Sender:
    """Return the sender that `EMAIL_URL` names; raises `StartupError` if the URL cannot be used."""
    if settings.email_url == "console":
        return ConsoleSender()
    return SmtpSender(SmtpServer.from_url(settings.email_url), checked_sender(settings.email_from))


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings, sender: Sender | None) -> Notifications:
    """Build the mails about accounts, events and bookings, which are sent by `sender`, or as `EMAIL_URL` says."""
    sender = sender or make_sender(core.settings)
    if core.settings.require_verified_email:
        sender = VerifiedOnly(sender)
    notices = NoticeStore(core.database["notices"])
    core.keep(notices)
    service = NotificationService(
        notices,
        bookings.service,
        events.reader,
        events.announcements,
        accounts.service,
        core.transactions,
        core.outbox,
        core.clock,
    )
    core.offer(service)
    frontend = core.settings.frontend_url
    core.api.register_blueprint(routes.blueprint)
    return Notifications(
        service,
        NoticeMails(notices, events.reader, accounts.service, core.outbox, sender, core.clock, frontend),
        BookingMails(bookings.service, accounts.service, sender, core.outbox, frontend),
        PasswordMails(accounts.service, sender, core.outbox, core.settings.password_reset_page),
        VerificationMails(accounts.verification, sender, core.outbox, frontend),
    )
