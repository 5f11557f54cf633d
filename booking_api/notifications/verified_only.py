"""The door that all mail goes out by where verified emails are wanted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .email import Sender
from .messages import Message


class AddressUnverified(Exception):
    """Raised for a message to an address that nobody has verified; it was not sent, and is not to be tried again."""


class VerifiedOnly:
    """A sender that hands on to another what goes to verified addresses, and the mails that any address may get."""

    def __init__(self, sender: Sender):
        self._sender = sender

    @property
    def notes_each(self) -> bool:
        """As the other has it."""
        return self._sender.notes_each

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Sends over the other's session; raises `AddressUnverified` for a message that is not to be sent."""
        with self._sender.session() as send:

            def send_if_solicited(message: Message) -> None:
                if not message.solicited:
                    raise AddressUnverified
                send(message)

            yield send_if_solicited
