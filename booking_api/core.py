"""What every package is built from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from pymongo.database import Database

from .about import INFO
from .config import Settings
from .http.kept_bodies import KeptBodies
from .http.rate_limits import Limits
from .http.response_cache import ResponseCache
from .http.services import EXTENSION, Services
from .jobs.outbox import Outbox
from .jobs.runner import JobRunner
from .openapi.document import Api, make_api
from .storage.advisory_locks import AdvisoryLocks, folder_of
from .storage.client import Transactions, connect
from .storage.idempotency_keys import IdempotencyKeys
from .storage.indexes import Indexed, Stores

TRANSACTION_SHARE = 0.6  # of the time of a request: how long a transaction may take
KEY_LEASE_MARGIN_SECONDS = 2


@dataclass(frozen=True)
class Core:
    """The application, its settings, the database and its transactions, the locks, the outbox, the jobs and the clock.

    A package's `wiring.build` takes what it needs from here, registers its blueprint with `api`, offers its services to
    views and commands, and registers its stores so that their indexes are created.
    """

    app: Flask
    api: Api
    settings: Settings
    database: Database[Any]
    transactions: Transactions
    locks: AdvisoryLocks
    outbox: Outbox
    jobs: JobRunner
    clock: Callable[[], datetime]
    services: Services = field(default_factory=Services)
    stores: Stores = field(default_factory=Stores)

    @classmethod
    def of(
        cls,
        app: Flask,
        settings: Settings,
        database: Database[Any] | None,
        transactions: Transactions | None,
        clock: Callable[[], datetime],
    ) -> "Core":
        """Build the core of `app`; if no database is given, connect to the one that the settings name."""
        if database is None:
            database = connect(settings.database_uri, seconds=settings.request_seconds)
        transactions = transactions or Transactions(database.client, settings.request_seconds * TRANSACTION_SHARE)
        outbox = Outbox(database["outbox"], clock)
        locks = AdvisoryLocks(folder_of(settings.jwt_secret_key, settings.mongodb_uri or "", database.name))
        core = cls(app, make_api(app, INFO), settings, database, transactions, locks, outbox, JobRunner(outbox), clock)
        app.extensions[EXTENSION] = core.services
        keys = IdempotencyKeys(database["idempotency_keys"], clock, settings.request_seconds + KEY_LEASE_MARGIN_SECONDS)
        core.keep(outbox, keys)
        core.offer(settings, core.api, core.jobs, core.stores, Limits(database, settings))
        core.offer(ResponseCache(), KeptBodies())
        core.services.add(database, Database)  # by this name, whatever class a test's database has
        return core

    def offer(self, *services: object) -> None:
        """Make services available to views and commands, by their classes."""
        for service in services:
            self.services.add(service)

    def keep(self, *stores: Indexed) -> None:
        """Register stores, so that their indexes are created and commands can find them by their classes."""
        self.stores.add(*stores)
        self.offer(*stores)
