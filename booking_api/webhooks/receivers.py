"""What webhooks need of the world outside: targets that may be called, a client that calls them, and signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..config import Settings
from ..errors import ValidationFailed


class Answer(Protocol):
    """What became of one call. It succeeded if `status` is 2xx and there is no `error`."""

    @property
    def status(self) -> int | None:
        """The HTTP status, or None if there was no answer."""

    @property
    def duration_ms(self) -> int:
        """How long it took, in milliseconds."""

    @property
    def body(self) -> str:
        """The beginning of the answer, at most 1 KB."""

    @property
    def error(self) -> str | None:
        """What went wrong."""

    @property
    def timed_out(self) -> bool:
        """Whether it ran into the time limit."""


class Targets(Protocol):
    """Knows which URLs may be called."""

    def check(self, url: str, /) -> object:
        """Raise a problem about the field `url` if it may not be called."""


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


class _Nobody:
    """Calls nobody: what an application has that was given no receivers."""

    def check(self, url: str, /) -> object:
        """Refuse every URL."""
        raise ValidationFailed({"url": ["This service calls nobody."]})

    def post(self, url: str, headers: dict[str, str], body: bytes, /) -> Answer:
        """Raise `NotImplementedError`; no webhook can be made."""
        raise NotImplementedError

    def new_secret(self) -> str:
        """Raise `NotImplementedError`; no webhook can be made."""
        raise NotImplementedError

    def sign(self, secrets: Sequence[str], message_id: str, timestamp: datetime, body: bytes, /) -> dict[str, str]:
        """Raise `NotImplementedError`; no webhook can be made."""
        raise NotImplementedError


def outside(settings: Settings) -> Receivers:
    """Return those of the world outside, as the settings allow."""
    return Receivers(_Nobody(), _Nobody(), _Nobody())
