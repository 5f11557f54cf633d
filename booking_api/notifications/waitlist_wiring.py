"""Builds the mails of waiting lists."""

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from ..waitlist.wiring import Waitlist
from .email import Sender
from .replies import Replies
from .waitlist_mails import WaitlistMails

__all__ = ["Waitlist", "WaitlistMails", "build"]


def build(
    core: Core,
    accounts: Accounts,
    events: Events,
    bookings: Bookings,
    waitlist: Waitlist,
    sender: Sender,
    replies: Replies,
) -> WaitlistMails:
    """Build them."""
    return WaitlistMails(
        waitlist.service,
        bookings.service,
        events.reader,
        accounts.service,
        sender,
        core.outbox,
        core.clock,
        replies,
        core.settings.frontend_url,
    )
