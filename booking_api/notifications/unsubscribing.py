"""Asking for no more mails about an event that a guest can do without: reminders, and messages from its organizer.

The link in a mail names the guest and the event, and is signed, so that nothing needs to be stored before somebody
follows it. It never expires, and works without logging in.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from bson import ObjectId

from .store import UnsubscriptionStore

PURPOSE = b"booking-api unsubscribe"
ID_BYTES = 12
SIGNATURE_BYTES = 16  # of HMAC-SHA256, which may be truncated to as few (RFC 2104, section 5)


class Subscription(NamedTuple):
    """A guest, and the event about which they get mails."""

    customer_id: ObjectId
    event_id: ObjectId


class Unsubscribing:
    """Makes the links, and remembers who has followed theirs.

    Links that were signed with any of the `secrets` are good; new ones are signed with the first. Without a
    `site` mails have no link.
    """

    def __init__(
        self,
        store: UnsubscriptionStore,
        secrets: Iterable[str],
        site: str | None,
        clock: Callable[[], datetime],
    ):
        self._store = store
        self._keys = [hmac.digest(secret.encode(), PURPOSE, hashlib.sha256) for secret in secrets]
        self._site = site
        self._clock = clock

    def link(self, subscription: Subscription) -> str | None:
        """Return the link for a mail, or None if nobody knows where people reach the service."""
        if self._site is None:
            return None
        named = subscription.customer_id.binary + subscription.event_id.binary
        # Without padding, which programs that make links of addresses in text may leave out.
        token = base64.urlsafe_b64encode(named + _signature(self._keys[0], named)).decode().rstrip("=")
        return f"{self._site}/unsubscribe/{token}"

    def read(self, token: str) -> Subscription | None:
        """Return what the token of a link is about, or None if this service has not made it."""
        try:
            padded = token.encode("ascii") + b"=" * (-len(token) % 4)
            content = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            return None
        named, signature = content[: 2 * ID_BYTES], content[2 * ID_BYTES :]
        if not any(hmac.compare_digest(_signature(key, named), signature) for key in self._keys):
            return None
        return Subscription(ObjectId(named[:ID_BYTES]), ObjectId(named[ID_BYTES:]))

    def unsubscribe(self, subscription: Subscription) -> None:
        """Send no more of these mails; safe to repeat."""
        self._store.add(*subscription, self._clock())

    def among(self, subscriptions: Iterable[Subscription]) -> set[Subscription]:
        """Return those of the subscriptions that were ended."""
        return {Subscription(*pair) for pair in self._store.among(list(subscriptions))}


def _signature(key: bytes, named: bytes) -> bytes:
    return hmac.digest(key, named, hashlib.sha256)[:SIGNATURE_BYTES]
