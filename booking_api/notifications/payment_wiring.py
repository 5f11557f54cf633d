"""Builds the mails about single bookings, their tickets and their money."""

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from ..payments.reader import PaymentReader
from .booking_mails import BookingMails
from .email import Sender
from .payment_mails import PaymentMails
from .replies import Replies
from .ticket_mails import TicketMails

__all__ = ["BookingMails", "PaymentMails", "TicketMails", "build"]


def build(
    core: Core, accounts: Accounts, events: Events, bookings: Bookings, sender: Sender, replies: Replies
) -> tuple[BookingMails, TicketMails, PaymentMails]:
    """Build them."""
    money = PaymentReader(core.database["payments"], core.database["refunds"])
    frontend = core.settings.frontend_url
    return (
        BookingMails(
            bookings.service,
            accounts.service,
            money,
            sender,
            core.outbox,
            replies,
            events.publisher,
            frontend,
            bookings.links,
        ),
        TicketMails(bookings.service, accounts.service, sender, core.outbox, bookings.links),
        PaymentMails(money, bookings.service, accounts.service, sender, core.outbox, core.clock, replies, frontend),
    )
