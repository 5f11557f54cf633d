"""The Event Booking API: `create_app` makes the Flask application. Nothing happens at import."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request
from pymongo.client_session import ClientSession
from pymongo.database import Database
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from . import commands
from .accounts import routes as account_routes
from .accounts.known_addresses import KnownAddresses, KnownAddressStore
from .accounts.reset_throttle import ResetThrottle
from .accounts.service import AccountService
from .accounts.sessions import SessionService, SessionStore
from .accounts.store import PasswordResetStore, UserStore
from .accounts.verification import EmailVerification
from .accounts.verification_store import EmailChangeStore, VerificationMailStore, VerificationTokenStore
from .auth import tokens
from .bookings import routes as booking_routes
from .bookings.audit import Audit
from .bookings.cancellation import EVENT_CANCELLED_FACT, EventCancellation
from .bookings.ledger import HELD_FACT
from .bookings.sales import Sales
from .bookings.service import BookingService
from .bookings.store import BookingStore
from .config import Settings
from .events import routes as event_routes
from .events.service import EventService
from .events.store import EventStore
from .health import metrics as health_metrics
from .health import routes as health_routes
from .http import hardening, problems, rate_limits, request_id, time_limit
from .http.documents import JsonCodec
from .http.response_cache import RecentAnswers
from .http.services import EXTENSION
from .jobs.administration import OutboxDesk
from .jobs.outbox import Outbox
from .jobs.runner import JobRunner
from .notifications import routes as notification_routes
from .notifications.booking_mails import BookingMails
from .notifications.email import ConsoleSender, Sender
from .notifications.password_mails import PasswordMails
from .notifications.service import NotificationService
from .notifications.smtp import SmtpSender, SmtpServer, checked_sender
from .notifications.store import NoticeStore
from .notifications.verification_mails import VerificationMails
from .notifications.verified_only import VerifiedOnly
from .observability import access_log, logs, metrics
from .openapi import document, pages
from .storage import indexes
from .storage.advisory_locks import Turns
from .storage.advisory_locks import folder_of as turns_folder
from .storage.client import Transactions, connect, pool_sizes
from .storage.idempotency_keys import IdempotencyKeys

BODY_LIMIT = 1_000_000
FINISH_CANCELLATION = "bookings.finish_cancellation"
EXPIRE_HOLD = "bookings.expire_hold"
KEY_LEASE_MARGIN_SECONDS = 2
# How the time of a request is shared out: waiting in the queue of an event, then the transaction.
LIMIT_SHARE = 0.95
QUEUE_SHARE = 0.3
TRANSACTION_SHARE = 0.6


class SynchronousFlask(Flask):
    """Flask whose views are plain functions: it need not look at each request whether one is a coroutine."""

    def ensure_sync(self, func: Callable) -> Callable:
        """The function itself; flask-smorest asks for every decorator of every request."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Send nobody away from the service: werkzeug's redirects name the host that the caller's `Host` says."""
        redirect = request.routing_exception
        if isinstance(redirect, RequestRedirect):
            target = urlsplit(redirect.new_url)
            redirect.new_url = urlunsplit(("", "", "/" + target.path.lstrip("/\\"), target.query, ""))
        super().raise_routing_exception(request)


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
    idempotency_keys: IdempotencyKeys
    sessions: SessionStore
    password_resets: PasswordResetStore
    known_addresses: KnownAddressStore
    reset_throttle: ResetThrottle
    email_changes: EmailChangeStore
    email_verifications: VerificationTokenStore
    verification_mails: VerificationMailStore
    notices: NoticeStore

    @classmethod
    def of(cls, database: Database, clock: Callable[[], datetime], request_seconds: float) -> "Stores":
        """The stores over one database."""
        return cls(
            UserStore(database["users"]),
            EventStore(database["events"]),
            BookingStore(database["bookings"]),
            Outbox(database["outbox"], clock),
            IdempotencyKeys(database["idempotency_keys"], clock, request_seconds + KEY_LEASE_MARGIN_SECONDS),
            SessionStore(database["sessions"]),
            PasswordResetStore(database["password_resets"]),
            KnownAddressStore(database["known_addresses"]),
            ResetThrottle(database["password_reset_requests"]),
            EmailChangeStore(database["email_changes"]),
            VerificationTokenStore(database["email_verifications"]),
            VerificationMailStore(database["verification_mails"]),
            NoticeStore(database["notices"]),
        )

    def ensure_indexes(self) -> None:
        """Make the indexes that are missing."""
        indexes.ensure(getattr(self, store.name) for store in fields(self))


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
    app = SynchronousFlask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.json = JsonCodec(app)
    if hops := settings.trusted_proxy_hops:
        # Many proxies pass on the X-Forwarded-Host that a client made up.
        hosts = hops if settings.trust_forwarded_host else 0
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hosts)
    logs.configure(settings.log_level, settings.log_format)
    if database is None:
        database = connect(settings.mongodb_uri, seconds=settings.request_seconds)
    stores = Stores.of(database, clock, settings.request_seconds)
    transactions = transactions or Transactions(database.client, settings.request_seconds * TRANSACTION_SHARE)
    services = _services(settings, stores, transactions, sender or make_sender(settings), clock)
    app.extensions[EXTENSION] = {
        "settings": settings,
        "database": database,
        "stores": stores,
        "idempotency_keys": stores.idempotency_keys,
        "recent_answers": RecentAnswers(),
        "limits": rate_limits.Limits(database, settings),
        **services,
    }
    access_log.register(app, settings.access_log, health_routes.PROBES)
    request_id.register(app)
    time_limit.register(app, settings.request_seconds * LIMIT_SHARE)
    tokens.register(app, settings)
    rate_limits.register(app)
    hardening.register(app, settings)
    _register_blueprints(app)
    problems.register(app)
    commands.register(app)
    return app


def make_sender(settings: Settings) -> Sender:
    """What `EMAIL_URL` asks for; raises `StartupError` if it cannot be used."""
    if settings.email_url == "console":
        return ConsoleSender()
    return SmtpSender(SmtpServer.from_url(settings.email_url), checked_sender(settings.email_from))


def _services(
    settings: Settings,
    stores: Stores,
    transactions: Transactions,
    sender: Sender,
    clock: Callable[[], datetime],
) -> dict:
    outbox = stores.outbox
    turns = Turns(turns_folder(settings.jwt_secret_key, settings.mongodb_uri or "", outbox.collection.database.name))
    sessions = SessionService(stores.sessions, clock, tokens.ACCESS_TOKEN_LIFE, tokens.REFRESH_TOKEN_LIFE)
    emails = EmailVerification(
        stores.users,
        stores.password_resets,
        stores.email_changes,
        stores.email_verifications,
        stores.verification_mails,
        transactions,
        outbox,
        clock,
        required=settings.require_verified_email,
    )
    accounts = AccountService(
        stores.users,
        stores.password_resets,
        sessions,
        KnownAddresses(stores.known_addresses, clock, tokens.secrets_of(settings)),
        stores.reset_throttle,
        emails,
        transactions,
        outbox,
        clock,
        settings.bcrypt_rounds,
    )
    notice_seconds, most_events = settings.update_notice_seconds, settings.max_events_per_organizer
    events = EventService(stores.events, accounts, transactions, outbox, turns, clock, notice_seconds, most_events)
    sales = Sales(
        stores.bookings,
        events,
        transactions,
        outbox,
        turns,
        clock,
        wait_seconds=settings.request_seconds * QUEUE_SHARE,
        queueing=settings.queueing,
    )
    bookings = BookingService(
        stores.bookings, events, accounts, sales, clock, settings.hold_seconds, settings.max_held_tickets
    )
    cancellation = EventCancellation(stores.bookings, events, transactions, outbox, turns, clock)
    outbox.handle(EXPIRE_HOLD, bookings.expire, fact=HELD_FACT, max_attempts=math.inf)
    outbox.handle(FINISH_CANCELLATION, cancellation.finish, fact=EVENT_CANCELLED_FACT, max_attempts=math.inf)
    sender = VerifiedOnly(sender) if settings.require_verified_email else sender
    notifications = NotificationService(stores.notices, bookings, events, accounts, transactions, outbox, sender, clock)
    notifications.subscribe()
    BookingMails(bookings, accounts, sender).subscribe(outbox)
    PasswordMails(accounts, sender, settings.password_reset_url).subscribe(outbox)
    VerificationMails(emails, sender, settings.frontend_url).subscribe(outbox)

    jobs = JobRunner(outbox)
    client = stores.bookings.collection.database.client
    sampler = metrics.Sampler(
        {
            metrics.WAITING_REQUESTS: sales.waiting,
            metrics.QUEUED_JOBS: jobs.waiting,
            metrics.CONNECTIONS.labels("in_use"): lambda: pool_sizes(client)[0],
            metrics.CONNECTIONS.labels("idle"): lambda: pool_sizes(client)[1],
        }
    )

    def open_snapshot() -> ClientSession:
        return client.start_session(snapshot=True)

    return {
        "audit": Audit(stores.bookings, events, open_snapshot, clock),
        "accounts": accounts,
        "sessions": sessions,
        "verification": emails,
        "events": events,
        "bookings": bookings,
        "cancellation": cancellation,
        "notifications": notifications,
        "jobs": jobs,
        "sampler": sampler,
        "monitor": health_metrics.Monitor(OutboxDesk(outbox), sampler, settings.metrics_token),
    }


def _register_blueprints(app: Flask) -> None:
    api = document.make_api(app, health_routes.NAME, health_routes.VERSION)
    app.extensions[EXTENSION]["api"] = api
    app.register_blueprint(health_routes.blueprint)
    app.register_blueprint(health_metrics.blueprint)
    app.register_blueprint(pages.blueprint)
    for routes in (account_routes, event_routes, booking_routes, notification_routes):
        api.register_blueprint(routes.blueprint)
