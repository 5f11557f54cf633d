"""How messages leave the house: the sender's contract, and the console for development."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Protocol, TextIO

from ..terminal import printable
from .messages import Message


class Sender(Protocol):
    """Sends messages.

    `notes_each`: whether each message is worth two writes to note at once that it went out, so that a process that is
    killed repeats one message and not a batch. For a mail server it is; for a line on the console it is not.
    """

    notes_each: bool

    def session(self) -> AbstractContextManager[Callable[[Message], None]]:
        """A function that sends one message after the other, over one connection if there is any.

        It raises `PermanentFailure` when trying again cannot help, and anything else when it may.
        """


class ConsoleSender:
    """Prints one line for each message, for development: `<time> <what> sent to <address>`."""

    notes_each = False

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Prints each message's line, in one write so that threads do not mix theirs."""
        stream = self._stream or sys.stdout

        def send(message: Message) -> None:
            stream.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {printable(message.line)}\n")
            stream.flush()

        yield send
