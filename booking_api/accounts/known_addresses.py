"""The networks from which an account was opened or logged into: there the right password works, however many guess.

They are stored as digests under the service's secret, so that the database does not show where people are.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from .model import KnownAddressList

KEEP = timedelta(days=90)
MOST_ADDRESSES = 20  # of an account: the newest


class KnownAddressStore:
    """Reads and writes the digests of known addresses."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def find(self, user_id: ObjectId) -> dict[str, datetime]:
        """Return the digests of an account, and when each was last used."""
        found: KnownAddressList | None = self.collection.find_one({"_id": user_id})
        return found["addresses"] if found else {}

    def add(
        self, user_id: ObjectId, digest: str, now: datetime, expires_at: datetime, session: ClientSession | None
    ) -> dict[str, datetime]:
        """Note that a network was used just now, and return all digests of the account."""
        changes = {f"addresses.{digest}": now, "expires_at": expires_at}
        updated: Any = self.collection.find_one_and_update(
            {"_id": user_id}, {"$set": changes}, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        addresses: dict[str, datetime] = updated["addresses"]
        return addresses

    def remove(self, user_id: ObjectId, digests: Sequence[str], session: ClientSession | None) -> None:
        """Delete some digests of an account."""
        changes = {"$unset": {f"addresses.{digest}": "" for digest in digests}}
        self.collection.update_one({"_id": user_id}, changes, session=session)


class KnownAddresses:
    """Remembers for 90 days from where accounts were opened or logged into, up to 20 networks for each.

    `secrets` are those of the service, the current one first; digests under an earlier one still count.
    """

    def __init__(self, store: KnownAddressStore, clock: Callable[[], datetime], secrets: Sequence[str]):
        self._store = store
        self._clock = clock
        self._secrets = secrets

    def remember(self, user_id: ObjectId, network: str, session: ClientSession | None = None) -> None:
        """Note that the owner of the account was at this network, as shown by the password or a mailed token."""
        now = self._clock()
        known = self._store.add(user_id, _digest(self._secrets[0], user_id, network), now, now + KEEP, session)
        newest_first = sorted(known, key=known.__getitem__, reverse=True)
        surplus = [
            digest for rank, digest in enumerate(newest_first) if rank >= MOST_ADDRESSES or known[digest] <= now - KEEP
        ]
        if surplus:
            self._store.remove(user_id, surplus, session)

    def includes(self, user_id: ObjectId | None, network: str) -> bool:
        """Whether this network is known for the account; for no account (None) the look-up takes as long."""
        user_id = user_id or ObjectId()
        known = self._store.find(user_id)
        oldest = self._clock() - KEEP
        digests = [_digest(secret, user_id, network) for secret in self._secrets]
        return any(digest in known and known[digest] > oldest for digest in digests)


def _digest(secret: str, user_id: ObjectId, network: str) -> str:
    return hmac.new(secret.encode(), f"known address {user_id} {network}".encode(), hashlib.sha256).hexdigest()[:32]
