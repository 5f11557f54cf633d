"""Build the application: the core, then each package in order."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from pymongo.database import Database

from . import commands, subscriptions
from .accounts import wiring as accounts_wiring
from .api_keys import wiring as api_keys_wiring
from .bookings import wiring as bookings_wiring
from .clock import now
from .config import Settings
from .core import Core
from .events import wiring as events_wiring
from .feed import wiring as feed_wiring
from .health import wiring as health_wiring
from .http.application import make_application
from .notifications import wiring as notifications_wiring
from .reports import wiring as reports_wiring
from .storage.client import Transactions


def create_app(
    settings: Settings,
    *,
    database: Database[Any] | None = None,
    transactions: Transactions | None = None,
    sender: notifications_wiring.Sender | None = None,
    clock: Callable[[], datetime] = now,
) -> Flask:
    """Create an application that uses the database in `settings`. It connects at its first query, not here.

    Tests may pass their own database, transactions, sender and clock. Jobs are recorded at once, but run only after the
    application's `JobRunner` was started; a server does that after the fork.
    """
    app = make_application(settings, health_wiring.PROBES, accounts_wiring.NEVER_CACHED)
    core = Core.of(app, settings, database, transactions, clock)
    accounts = accounts_wiring.build(core)
    events = events_wiring.build(core, accounts)
    api_keys_wiring.build(core, accounts, events)
    bookings = bookings_wiring.build(core, accounts, events)
    feed_wiring.build(core, events, bookings)
    notifications = notifications_wiring.build(core, accounts, events, bookings, sender)
    reports_wiring.build(core, accounts, events, bookings)
    subscriptions.subscribe(core.outbox, events, bookings, notifications)
    health_wiring.build(core, bookings.sales.waiting)
    commands.register(core.app)
    return core.app
