"""What the service says when it starts: what runs and where, and which settings look misspelled."""

import logging
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from ..about import INFO
from ..config import Settings
from ..environment import is_live
from ..notifications.smtp import SmtpServer
from ..setting_names import misspelled
from ..storage.client import DEFAULT_DATABASE

log = logging.getLogger(__package__)

EVERYWHERE = {"http://0.0.0.0:": "http://127.0.0.1:", "http://[::]:": "http://[::1]:"}


def announce(settings: Settings, addresses: Sequence[str]) -> None:
    """Log one line that says what runs: the addresses, the documentation, the database, and where mail goes."""
    places = ", ".join(_reachable(address) for address in addresses)
    first = _reachable(addresses[0])
    documentation = f"{first}/docs" if first.startswith("http") else "/docs"
    everywhere = " (and every other address of this machine)" if addresses[0] != first else ""
    log.info(
        "%s %s at %s%s, documentation at %s; %s; %s.",
        INFO.title,
        INFO.version,
        places,
        everywhere,
        documentation,
        _database(settings),
        _mail(settings),
    )


def warn_of_misspelled_settings() -> None:
    """Log a warning for each environment variable that looks like a misspelled setting."""
    for sentence in misspelled():
        log.warning("%s", sentence)


def warn_of_what_production_lacks(settings: Settings) -> None:
    """Log a warning for each setting that is meant for development, and is dangerous or useless in production mode."""
    if settings.email_url == "console":
        log.warning("EMAIL_URL is not set: mail is printed here and reaches nobody.")
    if settings.webhook_allow_private:
        log.warning("WEBHOOK_ALLOW_PRIVATE is set: webhooks reach whatever this server reaches.")
    if settings.stripe_secret_key and not is_live(settings.stripe_secret_key):
        log.warning("STRIPE_SECRET_KEY is a test key: bookings are paid with cards that exist nowhere.")
    if settings.stripe_api_url:
        log.warning("STRIPE_API_URL is set: payments go to a fake of Stripe on this machine.")


def database_of(uri: str) -> str:
    """Return the hosts and the name of the database in a connection string, without credentials."""
    authority, _, path = uri.partition("://")[2].partition("/")
    name, _, _ = path.partition("?")
    if "@" in path:  # a password that was not escaped
        return "MongoDB at MONGODB_URI"
    hosts = unquote(authority.rpartition("@")[2].partition("?")[0])
    return f"MongoDB at {hosts}, database {unquote(name) or DEFAULT_DATABASE}"


def _reachable(address: str) -> str:
    """Return the address, with a host that a browser can open in place of one that means every address."""
    for everywhere, here in EVERYWHERE.items():
        if address.startswith(everywhere):
            return here + address.removeprefix(everywhere)
    return address


def _database(settings: Settings) -> str:
    if settings.production:
        return database_of(settings.database_uri)
    return f"embedded MongoDB in {_here(settings.var_dir / 'mongodb')}"


def _here(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _mail(settings: Settings) -> str:
    if settings.email_url == "console":
        kept = f"and kept in {_here(settings.var_dir / 'mails')}"
        return f"mail is printed here {'and reaches nobody' if settings.production else kept}"
    server = SmtpServer.from_url(settings.email_url)
    return f"mail goes to {server.host}:{server.port}"
