"""Build the resources that take part in the transactions of sales: check-ins, waiting lists and payments."""

from typing import NamedTuple

from .accounts.wiring import Accounts
from .bookings.wiring import Bookings
from .check_ins import wiring as check_ins_wiring
from .core import Core
from .events.wiring import Events
from .payments import wiring as payments_wiring
from .payments.wiring import Payments, Provider
from .waitlist import wiring as waitlist_wiring
from .waitlist.wiring import Waitlist

__all__ = ["Provider", "build"]


class Joined(NamedTuple):
    """What other packages use of them."""

    waitlist: Waitlist
    payments: Payments


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings, provider: Provider | None) -> Joined:
    """Build them in their order; without a `provider`, the one that the settings name takes payments."""
    check_ins_wiring.build(core, accounts, events, bookings)
    waitlist = waitlist_wiring.build(core, accounts, events, bookings)
    return Joined(waitlist, payments_wiring.build(core, accounts, events, bookings, provider))
