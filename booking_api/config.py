"""The environment, read once and checked once, into one frozen `Settings`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .environment import allowed_origins, listening_host, stripe_api_url, stripe_secret_key, stripe_webhook_secret
from .errors import StartupError
from .kept_secret import kept_secret
from .var_dir import require_usable

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (where this machine finds who listens everywhere)
MINIMUM_SECRET_BYTES = 32  # RFC 7518, section 3.2: an HS256 key is at least as long as the hash


@dataclass(frozen=True)
class Settings:
    """All settings of the service. Times are in seconds. The `repr` shows no secret."""

    jwt_secret_key: str = field(repr=False)
    jwt_secret_key_previous: str | None = field(default=None, repr=False)
    mongodb_uri: str | None = field(default=None, repr=False)
    embedded: bool = False  # whether `mongodb_uri` is the address of the embedded development server
    var_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = os.cpu_count() or 1
    threads: int = 64
    bcrypt_rounds: int = 12
    email_url: str = field(default="console", repr=False)
    email_from: str | None = None
    password_reset_url: str | None = None
    frontend_url: str | None = None
    public_url: str | None = None
    require_verified_email: bool = False
    registration: str = "open"
    update_notice_seconds: int = 30
    request_seconds: int = 10
    hold_seconds: int = 900
    max_held_tickets: int = 20
    offer_seconds: int = 3600
    max_events_per_organizer: int = 10_000
    queueing: bool = True
    ratelimit_enabled: bool = True
    cors_origins: tuple[str, ...] = ()
    trusted_proxy_hops: int = 0
    trust_forwarded_host: bool = False
    webhook_allow_private: bool = False
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    stripe_api_url: str | None = None  # of the fake; None for Stripe's own
    log_level: str = "INFO"
    log_format: str = "text"
    access_log: str = "all"
    metrics_token: str | None = field(default=None, repr=False)

    @property
    def production(self) -> bool:
        """Whether the service is in production mode: it is when `MONGODB_URI` is set."""
        return self.mongodb_uri is not None and not self.embedded

    @property
    def sender(self) -> str:
        """Who mails come from; a placeholder where they are only printed."""
        return self.email_from or "bookings@localhost"

    @property
    def jwt_secrets(self) -> list[str]:
        """The secret of the service, and the previous one if there is one."""
        return [self.jwt_secret_key, *filter(None, [self.jwt_secret_key_previous])]

    @property
    def password_reset_page(self) -> str | None:
        """The page that takes `?token=...` and sets a new password: `PASSWORD_RESET_URL`, else one of the frontend."""
        return self.password_reset_url or (self.frontend_url and f"{self.frontend_url}/reset-password")

    @property
    def database_uri(self) -> str:
        """The address of MongoDB; if none is set, that of a server on this machine."""
        return self.mongodb_uri or "mongodb://localhost"

    @property
    def bind(self) -> str:
        """The address to listen at, as gunicorn and URLs write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local_url(self) -> str:
        """Where this machine reaches the service."""
        return f"http://{replace(self, host=LOOPBACK.get(self.host, self.host)).bind}"

    @property
    def site(self) -> str | None:
        """Where people reach the service: `PUBLIC_URL`, else in development where this machine does."""
        return self.public_url or (None if self.production else self.local_url)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; raises `StartupError` naming the variable that cannot be used."""
        uri = environ.get("MONGODB_URI") or None
        if uri and not uri.startswith(("mongodb://", "mongodb+srv://")):
            raise StartupError("MONGODB_URI must start with mongodb:// or mongodb+srv://.")
        email_url = environ.get("EMAIL_URL") or cls.email_url
        if email_url != "console" and not email_url.startswith(("smtp://", "smtps://")):
            raise StartupError("EMAIL_URL must be 'console', or start with smtp:// or smtps://.")
        root = Path(__file__).resolve().parent.parent
        var_dir = Path(environ.get("VAR_DIR") or root / "var").resolve()
        return cls(
            mongodb_uri=uri,
            var_dir=var_dir,
            jwt_secret_key=_jwt_secret(environ, production=uri is not None, var_dir=var_dir),
            jwt_secret_key_previous=_strong_secret(environ, "JWT_SECRET_KEY_PREVIOUS"),
            # A platform expects a service on all addresses; in development only this machine may reach it.
            host=listening_host(environ, "0.0.0.0" if uri else cls.host),  # noqa: S104
            port=_integer(environ, "PORT", cls.port, 1, 65535),
            workers=_integer(environ, "WEB_CONCURRENCY", cls.workers, 1, 256),
            threads=_integer(environ, "WEB_THREADS", cls.threads, 1, 1024),
            bcrypt_rounds=_integer(environ, "BCRYPT_ROUNDS", cls.bcrypt_rounds, 4, 31),
            email_url=email_url,
            email_from=environ.get("EMAIL_FROM") or None,
            password_reset_url=_page(environ, "PASSWORD_RESET_URL", more=r"([?#][\w.~%/?#&=+-]*)?"),
            frontend_url=_site(environ, "FRONTEND_URL"),
            public_url=_public_url(environ, production=uri is not None, sends_mail=email_url != "console"),
            require_verified_email=_flag(environ, "REQUIRE_VERIFIED_EMAIL", default=email_url != "console"),
            registration=_choice(environ, "REGISTRATION", "open", "customers", "closed"),
            update_notice_seconds=_integer(environ, "UPDATE_NOTICE_SECONDS", cls.update_notice_seconds, 0, 86400),
            request_seconds=_integer(environ, "REQUEST_SECONDS", cls.request_seconds, 1, 300),
            hold_seconds=_integer(environ, "HOLD_SECONDS", cls.hold_seconds, 1, 86400),
            max_held_tickets=_integer(environ, "MAX_HELD_TICKETS", cls.max_held_tickets, 1, 1_000_000),
            offer_seconds=_integer(environ, "OFFER_SECONDS", cls.offer_seconds, 1, 604_800),
            max_events_per_organizer=_integer(
                environ, "MAX_EVENTS_PER_ORGANIZER", cls.max_events_per_organizer, 1, 1_000_000
            ),
            queueing=_choice(environ, "QUEUEING", "on", "off") == "on",
            ratelimit_enabled=_choice(environ, "RATELIMIT_ENABLED", "true", "false") == "true",
            cors_origins=allowed_origins(environ),
            # Render puts one proxy before the service, and says so by this variable.
            trusted_proxy_hops=_integer(environ, "TRUSTED_PROXY_HOPS", 1 if environ.get("RENDER") else 0, 0, 10),
            trust_forwarded_host=_choice(environ, "TRUST_FORWARDED_HOST", "false", "true") == "true",
            webhook_allow_private=_flag(environ, "WEBHOOK_ALLOW_PRIVATE", default=False),
            stripe_secret_key=stripe_secret_key(environ),
            stripe_webhook_secret=stripe_webhook_secret(environ, production=uri is not None),
            stripe_api_url=stripe_api_url(environ),
            log_level=_choice(environ, "LOG_LEVEL", "info", "debug", "warning", "error").upper(),
            log_format=_choice(environ, "LOG_FORMAT", *(("json", "text") if uri else ("text", "json"))),
            access_log=_choice(environ, "ACCESS_LOG", "all", "no-probes", "off"),
            metrics_token=environ.get("METRICS_TOKEN") or None,
        )


def _integer(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = environ.get(name)
    if not raw:
        return default
    if not re.fullmatch(r"\d{1,9}", raw, re.ASCII) or not least <= int(raw) <= most:
        raise StartupError(f"{name} must be a whole number from {least} to {most}.")
    return int(raw)


def _choice(environ: Mapping[str, str], name: str, default: str, *others: str) -> str:
    value = (environ.get(name) or default).lower()
    if value not in (default, *others):
        raise StartupError(f"{name} must be one of {', '.join((default, *others))}.")
    return value


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    return _choice(environ, name, *(("true", "false") if default else ("false", "true"))) == "true"


def _page(environ: Mapping[str, str], name: str, more: str = "") -> str | None:
    url = environ.get(name) or None
    if url and not re.fullmatch(rf"https?://[A-Za-z0-9.-]+(:\d{{1,5}})?(/[\w.~%/-]*)?{more}", url, re.ASCII):
        raise StartupError(f"{name} must be the address of a page, like https://shop.example.com.")
    return url


def _site(environ: Mapping[str, str], name: str) -> str | None:
    return (_page(environ, name) or "").rstrip("/") or None


def _public_url(environ: Mapping[str, str], *, production: bool, sends_mail: bool) -> str | None:
    url = _site(environ, "PUBLIC_URL") or _site(environ, "RENDER_EXTERNAL_URL")
    if url is None and production and sends_mail:
        raise StartupError("PUBLIC_URL must be set when EMAIL_URL is: it is where links in mails lead.")
    return url


def _strong_secret(environ: Mapping[str, str], name: str) -> str | None:
    secret = environ.get(name) or None
    if secret and len(secret.encode()) < MINIMUM_SECRET_BYTES:
        raise StartupError(f"{name} must be at least {MINIMUM_SECRET_BYTES} bytes long.")
    return secret


def _jwt_secret(environ: Mapping[str, str], *, production: bool, var_dir: Path) -> str:
    secret = _strong_secret(environ, "JWT_SECRET_KEY")
    if secret:
        return secret
    if production:
        raise StartupError(
            "JWT_SECRET_KEY must be set when MONGODB_URI is: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(48))'."
        )
    require_usable(var_dir)
    return kept_secret(var_dir / "jwt_secret_key", MINIMUM_SECRET_BYTES)
