"""Send mail only to verified addresses, if verified emails are required."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .email import Sender
from .message import Message


class AddressUnverified(Exception):
    """Raised for a message to an address that was not verified; it was not sent, and must not be retried."""


class VerifiedOnly:
    """A sender that passes on to another one only mail to verified addresses, and mail that any address may get."""

    def __init__(self, sender: Sender):
        self._sender = sender

    @property
    def notes_each(self) -> bool:
        """As the other sender has it."""
        return self._sender.notes_each

    @property
    def outcome(self) -> str:
        """As the other sender has it."""
        return self._sender.outcome

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Send over the other sender's session; raises `AddressUnverified` for a message that must not be sent."""
        with self._sender.session() as send:

            def send_if_solicited(message: Message) -> None:
                if not message.solicited:
                    raise AddressUnverified
                send(message)

            yield send_if_solicited
