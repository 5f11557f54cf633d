"""Replies to mails about an event go to its organizer. Pure."""

from dataclasses import replace

from ..accounts.model import User
from ..accounts.rules import is_verified
from . import names
from .mailboxes import Mailbox, NotOneAddress
from .message import Message


class Replies:
    """Names the organizer as who reads the replies to a message; with `verified_only`, if their email was verified."""

    def __init__(self, *, verified_only: bool):
        self._verified_only = verified_only

    def answered_by(self, organizer: User | None, message: Message) -> Message:
        """Return the message with the organizer in it, or as it is if their address cannot or must not be told."""
        if organizer is None or (self._verified_only and not is_verified(organizer)):
            return message
        try:
            return replace(message, reply_to=Mailbox.of(names.unlinked(organizer["name"]), organizer["email"]))
        except NotOneAddress:
            return message
