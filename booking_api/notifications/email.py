"""Sending messages: the interface of senders, and the one that prints to the console, for development."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Protocol, TextIO

from ..terminal import printable
from .mail_folder import MailFolder
from .message import Message


class Sender(Protocol):
    """Sends messages.

    `outcome`: what has become of a message, as a booking shows it: `sent`, or `printed` if it has reached nobody.
    `notes_each`: whether it should be recorded after each message that it was sent, which costs two writes, so that a
    killed process repeats one message and not a batch. A mail server is worth it; a line on the console is not.
    """

    @property
    def notes_each(self) -> bool:
        """Whether to record each message after it was sent."""

    @property
    def outcome(self) -> str:
        """What has become of a message: `sent` or `printed`."""

    def session(self) -> AbstractContextManager[Callable[[Message], None]]:
        """Return a context that yields a function which sends one message, all of them over one connection.

        The function raises `PermanentFailure` when trying again cannot help, and any other error when it may.
        """


class ConsoleSender:
    """Prints one line for each message, for development: `<time> <what> sent to <address>`.

    If it has a folder, the whole message is kept there.
    """

    notes_each = False
    outcome = "printed"

    def __init__(self, stream: TextIO | None = None, folder: MailFolder | None = None):
        self._stream = stream
        self._folder = folder

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Print a line for each message, in one write, so that the lines of several threads do not mix."""
        stream = self._stream or sys.stdout

        def send(message: Message) -> None:
            stream.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {printable(message.line)}\n")
            stream.flush()
            if self._folder is not None:
                self._folder.keep(message)

        yield send
