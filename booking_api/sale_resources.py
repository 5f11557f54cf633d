"""Build the resources that follow bookings, beside each other: what joins a sale, and what is done with tickets."""

from typing import NamedTuple

from .accounts.wiring import Accounts
from .bookings.wiring import Bookings
from .check_ins import wiring as check_ins_wiring
from .core import Core
from .events.wiring import Events
from .payments import refund_wiring
from .payments import wiring as payments_wiring
from .payments.providers.choosing import make_provider
from .payments.refund_wiring import Refunds
from .payments.wiring import Payments, Provider
from .promo import wiring as promo_wiring
from .tickets import wiring as tickets_wiring
from .waitlist import wiring as waitlist_wiring
from .waitlist.wiring import Waitlist

__all__ = ["Provider", "build"]


class SaleResources(NamedTuple):
    """Those that others use which come after them."""

    waitlist: Waitlist
    payments: Payments
    refunds: Refunds


def build(
    core: Core, accounts: Accounts, events: Events, bookings: Bookings, provider: Provider | None
) -> SaleResources:
    """Build them in their order; without a `provider`, the one that the settings name takes payments."""
    tickets_wiring.build(core, accounts, bookings)
    check_ins_wiring.build(core, accounts, events, bookings)
    promo_wiring.build(core, events, bookings)
    waitlist = waitlist_wiring.build(core, accounts, events, bookings)
    provider = provider or make_provider(core.settings)
    payments = payments_wiring.build(core, events, bookings, provider)
    refunds = refund_wiring.build(core, events, bookings, provider)
    payments.events.refund_changed = refunds.refund_changed
    return SaleResources(waitlist, payments, refunds)
