"""Builds the resources that stand beside bookings and take part in sales, each by the wiring of its package."""

from . import refund_subscriptions
from .accounts.wiring import Accounts
from .bookings.wiring import Bookings
from .check_ins import wiring as check_ins_wiring
from .core import Core
from .events.wiring import Events
from .payments import refund_wiring
from .payments.providers.choosing import make_provider
from .payments.providers.port import Provider
from .tickets import wiring as tickets_wiring
from .waitlist import wiring as waitlist_wiring
from .waitlist.wiring import Waitlist

__all__ = ["Provider", "build"]


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings, provider: Provider | None) -> Waitlist:
    """Build them, and return what others need; without a `provider` of payments, the one that the settings name."""
    tickets_wiring.build(core, accounts, bookings)
    check_ins_wiring.build(core, accounts, events, bookings)
    refunds = refund_wiring.build(core, accounts, events, bookings, provider or make_provider(core.settings))
    refund_subscriptions.subscribe(core.outbox, refunds)
    return waitlist_wiring.build(core, accounts, events, bookings)
