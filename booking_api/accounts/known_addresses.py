"""From where somebody has logged in before: there the right password works, however many others guess at it.

`{_id: user id, addresses: {digest: last login}, expires_at}` in the `known_addresses` collection. The digests are made
under the service's secret, so that whoever reads the database does not learn where people are.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.collection import Collection

KEEP = timedelta(days=90)
MOST_ADDRESSES = 20  # of an account: the newest


class KnownAddressStore:
    """Reads and writes the digests of known addresses."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def find(self, user_id: ObjectId) -> dict[str, datetime]:
        """The digests of an account, and when each was last used."""
        found = self.collection.find_one({"_id": user_id})
        return found["addresses"] if found else {}

    def add(self, user_id: ObjectId, digest: str, now: datetime, expires_at: datetime) -> dict[str, datetime]:
        """Note a login; the digests of the account, with this one."""
        changes = {f"addresses.{digest}": now, "expires_at": expires_at}
        updated = self.collection.find_one_and_update(
            {"_id": user_id}, {"$set": changes}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return updated["addresses"]

    def remove(self, user_id: ObjectId, digests: Sequence[str]) -> None:
        """Forget some digests of an account."""
        self.collection.update_one({"_id": user_id}, {"$unset": {f"addresses.{digest}": "" for digest in digests}})


class KnownAddresses:
    """Remembers for 90 days from where accounts were logged into, and the newest 20 addresses of each.

    `secrets` are those of the service, the present one first: a digest under an earlier one is still known.
    """

    def __init__(self, store: KnownAddressStore, clock: Callable[[], datetime], secrets: Sequence[str]):
        self._store = store
        self._clock = clock
        self._secrets = secrets

    def remember(self, user_id: ObjectId, network: str) -> None:
        """Note that somebody proved from this network to be the owner of the account."""
        now = self._clock()
        known = self._store.add(user_id, _digest(self._secrets[0], user_id, network), now, now + KEEP)
        newest_first = sorted(known, key=known.get, reverse=True)
        surplus = [
            digest for rank, digest in enumerate(newest_first) if rank >= MOST_ADDRESSES or known[digest] <= now - KEEP
        ]
        if surplus:
            self._store.remove(user_id, surplus)

    def includes(self, user_id: ObjectId | None, network: str) -> bool:
        """Whether this network is known for the account; nobody's, which is None, takes as long to look up."""
        user_id = user_id or ObjectId()
        known = self._store.find(user_id)
        oldest = self._clock() - KEEP
        digests = [_digest(secret, user_id, network) for secret in self._secrets]
        return any(digest in known and known[digest] > oldest for digest in digests)


def _digest(secret: str, user_id: ObjectId, network: str) -> str:
    return hmac.new(secret.encode(), f"known address {user_id} {network}".encode(), hashlib.sha256).hexdigest()[:32]
