"""Build the resources that follow bookings, beside each other: what joins a sale, and what is done with tickets."""

from .accounts.wiring import Accounts
from .bookings.wiring import Bookings
from .check_ins import wiring as check_ins_wiring
from .core import Core
from .events.wiring import Events
from .promo import wiring as promo_wiring
from .tickets import wiring as tickets_wiring
from .waitlist import wiring as waitlist_wiring
from .waitlist.wiring import Waitlist


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings) -> Waitlist:
    """Build them; return what those that come after them use."""
    tickets_wiring.build(core, accounts, bookings)
    check_ins_wiring.build(core, accounts, events, bookings)
    promo_wiring.build(core, events, bookings)
    return waitlist_wiring.build(core, accounts, events, bookings)
