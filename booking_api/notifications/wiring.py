"""Build notifications and their senders."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from ..webhooks.wiring import Webhooks
from . import payment_wiring, routes, unsubscribing_wiring, waitlist_wiring
from .account_mails import PasswordMails, VerificationMails, WebhookMails
from .notice_mails import NoticeMails
from .replies import Replies
from .senders import Sender, checked, make_sender
from .service import NotificationService
from .store import NoticeStore

__all__ = ["Notifications", "Sender", "build"]


@dataclass(frozen=True)
class Notifications:
    """The handlers of the jobs that send messages."""

    service: NotificationService
    notice_mails: NoticeMails
    booking_mails: payment_wiring.BookingMails
    ticket_mails: payment_wiring.TicketMails
    payment_mails: payment_wiring.PaymentMails
    password_mails: PasswordMails
    verification_mails: VerificationMails
    webhook_mails: WebhookMails
    waitlist_mails: waitlist_wiring.WaitlistMails


def build(
    core: Core,
    accounts: Accounts,
    events: Events,
    bookings: Bookings,
    waitlist: waitlist_wiring.Waitlist,
    webhooks: Webhooks,
    sender: Sender | None,
) -> Notifications:
    """Build all mails, which are sent by `sender`, or as `EMAIL_URL` says."""
    sender = checked(sender or make_sender(core.settings), core.settings)
    replies = Replies(verified_only=core.settings.require_verified_email)
    unsubscribing = unsubscribing_wiring.build(core)
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
        *payment_wiring.build(core, accounts, events, bookings, sender, replies),
        PasswordMails(accounts.service, sender, core.outbox, core.settings.password_reset_page),
        VerificationMails(accounts.verification, sender, core.outbox, frontend),
        WebhookMails(webhooks.store, accounts.service, sender, core.outbox),
        waitlist_wiring.build(core, accounts, events, bookings, waitlist, sender, replies),
    )
