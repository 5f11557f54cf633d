"""Build notifications and their senders."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import pages, routes
from .account_mails import PasswordMails, VerificationMails
from .booking_mails import BookingMails
from .email import Sender
from .notice_mails import NoticeMails
from .replies import Replies
from .senders import checked, make_sender
from .service import NotificationService
from .store import NoticeStore, UnsubscriptionStore
from .unsubscribing import Unsubscribing

__all__ = ["Notifications", "Sender", "build"]


@dataclass(frozen=True)
class Notifications:
    """The handlers of the jobs that send messages."""

    service: NotificationService
    notice_mails: NoticeMails
    booking_mails: BookingMails
    password_mails: PasswordMails
    verification_mails: VerificationMails


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings, sender: Sender | None) -> Notifications:
    """Build the mails about accounts, events and bookings, which are sent by `sender`, or as `EMAIL_URL` says."""
    sender = checked(sender or make_sender(core.settings), core.settings)
    replies = Replies(verified_only=core.settings.require_verified_email)
    unsubscriptions = UnsubscriptionStore(core.database["unsubscriptions"])
    unsubscribing = Unsubscribing(unsubscriptions, core.settings.jwt_secrets, core.settings.site, core.clock)
    notices = NoticeStore(core.database["notices"])
    core.keep(notices, unsubscriptions)
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
    core.offer(service, unsubscribing)
    frontend = core.settings.frontend_url
    core.api.register_blueprint(routes.blueprint)
    core.app.register_blueprint(pages.blueprint)
    return Notifications(
        service,
        NoticeMails(
            notices,
            events.reader,
            bookings.service,
            accounts.service,
            core.outbox,
            sender,
            core.clock,
            replies,
            unsubscribing,
            events.publisher,
            frontend,
        ),
        BookingMails(bookings.service, accounts.service, sender, core.outbox, replies, events.publisher, frontend),
        PasswordMails(accounts.service, sender, core.outbox, core.settings.password_reset_page),
        VerificationMails(accounts.verification, sender, core.outbox, frontend),
    )
