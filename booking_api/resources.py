"""Build the resources of an application, each by the wiring of its package, in the order in which packages stand."""

from . import payment_subscriptions, sale_resources, subscriptions, waitlist_subscriptions
from .accounts import wiring as accounts_wiring
from .api_keys import wiring as api_keys_wiring
from .bookings import wiring as bookings_wiring
from .core import Core
from .events import wiring as events_wiring
from .feed import wiring as feed_wiring
from .health import wiring as health_wiring
from .notifications import wiring as notifications_wiring
from .notifications.wiring import Sender
from .reports import wiring as reports_wiring
from .sale_resources import Provider
from .webhooks import wiring as webhooks_wiring
from .webhooks.wiring import Receivers

__all__ = ["Provider", "Receivers", "Sender", "build"]


def build(core: Core, sender: Sender | None, receivers: Receivers | None, provider: Provider | None = None) -> None:
    """Build all resources; without a `sender`, `receivers` and a `provider`, those that the settings name."""
    accounts = accounts_wiring.build(core)
    events = events_wiring.build(core, accounts)
    api_keys_wiring.build(core, accounts, events)
    bookings = bookings_wiring.build(core, accounts, events)
    waitlist, payments, refunds = sale_resources.build(core, accounts, events, bookings, provider)
    feed_wiring.build(core, events, bookings)
    webhooks = webhooks_wiring.build(core, events, receivers)
    notifications = notifications_wiring.build(core, accounts, events, bookings, waitlist, webhooks, sender)
    reports_wiring.build(core, accounts, events, bookings, waitlist)
    subscriptions.subscribe(core.outbox, events, bookings, webhooks, notifications)
    waitlist_subscriptions.subscribe(core.outbox, waitlist, notifications)
    payment_subscriptions.subscribe(core.outbox, payments, refunds, notifications)
    health_wiring.build(core, bookings.sales.waiting)
