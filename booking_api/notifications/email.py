"""How messages leave the house."""

import sys
from datetime import UTC, datetime
from typing import Protocol, TextIO

from .rules import Message


class Sender(Protocol):
    """Sends one message, or raises; `PermanentFailure` when trying again cannot help."""

    def send(self, message: Message) -> None:
        """Send it."""


class ConsoleSender:
    """Prints one line for each message, for development: `<time> <what> sent to <address>`."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream

    def send(self, message: Message) -> None:
        """Print the message's line, in one write so that threads do not mix theirs."""
        stream = self._stream or sys.stdout
        stream.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {message.line}\n")
        stream.flush()
