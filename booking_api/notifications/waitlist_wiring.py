"""Builds the mails to those who wait for tickets."""

from ..accounts.wiring import Accounts
from ..core import Core
from ..events.wiring import Events
from ..waitlist.wiring import Waitlist
from .email import Sender
from .waitlist_mails import WaitlistMails

__all__ = ["Waitlist", "WaitlistMails", "build"]


def build(core: Core, accounts: Accounts, events: Events, waitlist: Waitlist, sender: Sender) -> WaitlistMails:
    """Build them, sent by the sender of all mails."""
    frontend = core.settings.frontend_url
    return WaitlistMails(waitlist.service, events.reader, accounts.service, sender, core.outbox, frontend)
