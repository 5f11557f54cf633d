"""Replies to mails about an event go to its organizer. Pure."""

from ..accounts.model import User
from ..accounts.rules import is_verified
from . import names
from .mailboxes import Mailbox, NotOneAddress


class Replies:
    """Names the organizer as who reads the replies to mails; with `verified_only`, if their email was verified."""

    def __init__(self, *, verified_only: bool):
        self._verified_only = verified_only

    def read_by(self, organizer: User | None) -> Mailbox | None:
        """Return whom replies go to: the organizer, or None if their address cannot or must not be told."""
        if organizer is None or (self._verified_only and not is_verified(organizer)):
            return None
        try:
            return Mailbox.of(names.unlinked(organizer["name"]), organizer["email"])
        except NotOneAddress:
            return None
