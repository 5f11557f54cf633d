"""What webhooks need of the world outside: targets that may be called, a client that calls them, and signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..config import Settings
from . import signing
from .client import Answer, WebhookClient
from .targets import Targets as PublicTargets


class Targets(Protocol):
    """Knows which URLs may be called."""

    def require_acceptable(self, url: str, /) -> None:
        """Raise a problem about the field `url` if it may not be saved."""


class Client(Protocol):
    """Calls receivers."""

    def post(self, url: str, headers: dict[str, str], body: bytes, /) -> Answer:
        """Post a body, and return what became of it; whatever a receiver does, this does not raise."""


class Signing(Protocol):
    """Makes secrets, and signs with them."""

    def new_secret(self) -> str:
        """Return a new secret."""

    def sign(self, secrets: Sequence[str], message_id: str, timestamp: datetime, body: bytes, /) -> dict[str, str]:
        """Return the headers with the signatures of a message."""


@dataclass(frozen=True)
class Receivers:
    """All three."""

    targets: Targets
    client: Client
    signing: Signing


def outside(settings: Settings) -> Receivers:
    """Return those of the world outside, as the settings allow."""
    targets = PublicTargets(settings.webhook_allow_private)
    return Receivers(targets, WebhookClient(targets), signing)
