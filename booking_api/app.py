"""Build the application: the core, then its resources."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from pymongo.database import Database

from . import commands, resources
from .accounts.wiring import NEVER_CACHED
from .clock import now
from .config import Settings
from .core import Core
from .health.wiring import PROBES
from .http.application import make_application
from .storage.client import Transactions


def create_app(
    settings: Settings,
    *,
    database: Database[Any] | None = None,
    transactions: Transactions | None = None,
    sender: resources.Sender | None = None,
    receivers: resources.Receivers | None = None,
    provider: resources.Provider | None = None,
    clock: Callable[[], datetime] = now,
) -> Flask:
    """Create an application that uses the database in `settings`. It connects at its first query, not here.

    Tests may pass their own database, transactions, sender, receivers, provider of payments and clock. Jobs are
    recorded at once, but run only after the application's `JobRunner` was started; a server does that after the fork.
    """
    app = make_application(settings, PROBES, NEVER_CACHED)
    core = Core.of(app, settings, database, transactions, clock)
    resources.build(core, sender, receivers, provider)
    commands.register(core.app)
    return core.app
