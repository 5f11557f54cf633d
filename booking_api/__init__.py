"""The Event Booking API: `create_app` makes the Flask application. Nothing happens at import."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from pymongo.database import Database

from .accounts import routes as account_routes
from .accounts.service import AccountService
from .accounts.store import UserStore
from .bookings import routes as booking_routes
from .bookings import service as booking_facts
from .bookings.service import BookingService
from .bookings.store import BookingStore
from .config import Settings
from .events import routes as event_routes
from .events.service import EventService
from .events.store import EventStore
from .health import routes as health_routes
from .jobs.outbox import Outbox
from .jobs.runner import JobRunner
from .notifications.email import ConsoleSender, Sender
from .notifications.service import NotificationService
from .storage import indexes
from .storage.client import Transactions, connect
from .web import access, openapi, problems, request_id
from .web.documents import JsonCodec
from .web.services import EXTENSION

BODY_LIMIT = 1_000_000
CLEAR_CANCELLED_EVENT = "bookings.clear_cancelled_event"


def now() -> datetime:
    """The time, to the millisecond that MongoDB keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Stores:
    """The collections of the service."""

    users: UserStore
    events: EventStore
    bookings: BookingStore
    outbox: Outbox

    @classmethod
    def of(cls, database: Database, clock: Callable[[], datetime]) -> "Stores":
        """The stores over one database."""
        return cls(
            UserStore(database["users"]),
            EventStore(database["events"]),
            BookingStore(database["bookings"]),
            Outbox(database["outbox"], clock),
        )

    def ensure_indexes(self) -> None:
        """Make the indexes that are missing."""
        indexes.ensure([self.users, self.events, self.bookings, self.outbox])


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    transactions: Transactions | None = None,
    sender: Sender | None = None,
    clock: Callable[[], datetime] = now,
) -> Flask:
    """An application over the database that `settings` name. It connects at its first query, not here.

    Tests may bring their own database, transactions, sender and clock. Jobs are recorded, and run once
    `app.extensions["booking_api"]["jobs"].start()` was called, which a server does after the fork.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.json = JsonCodec(app)
    request_id.configure_logging(settings.log_level)
    if database is None:
        database = connect(settings.mongodb_uri, seconds=settings.request_seconds)
    stores = Stores.of(database, clock)
    transactions = transactions or Transactions(database.client, settings.request_seconds)
    services = _services(settings, stores, transactions, sender or ConsoleSender(), clock)
    app.extensions[EXTENSION] = {"database": database, "stores": stores, **services}
    request_id.register(app)
    access.register(app, settings)
    _register_blueprints(app)
    problems.register(app)
    return app


def _services(
    settings: Settings,
    stores: Stores,
    transactions: Transactions,
    sender: Sender,
    clock: Callable[[], datetime],
) -> dict:
    outbox = stores.outbox
    accounts = AccountService(stores.users, clock, settings.bcrypt_rounds)
    events = EventService(stores.events, accounts, transactions, outbox, clock, settings.update_notice_seconds)
    bookings = BookingService(stores.bookings, events, accounts, transactions, outbox, clock)
    notifications = NotificationService(bookings, events, accounts, outbox, sender)
    outbox.handle(CLEAR_CANCELLED_EVENT, bookings.clear_cancelled_event, fact=booking_facts.EVENT_CANCELLED_FACT)
    notifications.subscribe()
    return {"accounts": accounts, "events": events, "bookings": bookings, "jobs": JobRunner(outbox)}


def _register_blueprints(app: Flask) -> None:
    api = openapi.make_api(app, health_routes.NAME, health_routes.VERSION)
    app.extensions[EXTENSION]["api"] = api
    app.register_blueprint(health_routes.blueprint)
    for routes in (account_routes, event_routes, booking_routes):
        api.register_blueprint(routes.blueprint)
