"""The addresses from which an account was opened or logged into: there the right password works, however many guess.

`{_id: user id, addresses: {digest: last login}, expires_at}` in the `known_addresses` collection. The digests are made
under the service's secret, so that reading the database does not tell where people are.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

KEEP = timedelta(days=90)
MOST_ADDRESSES = 20  # of an account: the newest


class KnownAddressStore:
    """Reads and writes the digests of known addresses."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection):
        self.collection = collection

    def find(self, user_id: ObjectId) -> dict[str, datetime]:
        """The digests of an account, and when each was last used."""
        found = self.collection.find_one({"_id": user_id})
        return found["addresses"] if found else {}

    def add(
        self, user_id: ObjectId, digest: str, now: datetime, expires_at: datetime, session: ClientSession | None
    ) -> dict[str, datetime]:
        """Note a login; the digests of the account, with this one."""
        changes = {f"addresses.{digest}": now, "expires_at": expires_at}
        updated = self.collection.find_one_and_update(
            {"_id": user_id}, {"$set": changes}, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        return updated["addresses"]

    def remove(self, user_id: ObjectId, digests: Sequence[str], session: ClientSession | None) -> None:
        """Forget some digests of an account."""
        changes = {"$unset": {f"addresses.{digest}": "" for digest in digests}}
        self.collection.update_one({"_id": user_id}, changes, session=session)


class KnownAddresses:
    """Remembers the 20 latest addresses of each account, for 90 days from when it was opened or last logged into there.

    `secrets` are those of the service, the present one first: a digest under an earlier one is still known.
    """

    def __init__(self, store: KnownAddressStore, clock: Callable[[], datetime], secrets: Sequence[str]):
        self._store = store
        self._clock = clock
        self._secrets = secrets

    def remember(self, user_id: ObjectId, network: str, session: ClientSession | None = None) -> None:
        """Note that the owner of the account was at this network, as shown by the password or a mailed token."""
        now = self._clock()
        known = self._store.add(user_id, _digest(self._secrets[0], user_id, network), now, now + KEEP, session)
        newest_first = sorted(known, key=known.get, reverse=True)
        surplus = [
            digest for rank, digest in enumerate(newest_first) if rank >= MOST_ADDRESSES or known[digest] <= now - KEEP
        ]
        if surplus:
            self._store.remove(user_id, surplus, session)

    def includes(self, user_id: ObjectId | None, network: str) -> bool:
        """Whether this network is known for the account; None, for no account, takes as long to answer."""
        user_id = user_id or ObjectId()
        known = self._store.find(user_id)
        oldest = self._clock() - KEEP
        digests = [_digest(secret, user_id, network) for secret in self._secrets]
        return any(digest in known and known[digest] > oldest for digest in digests)


def _digest(secret: str, user_id: ObjectId, network: str) -> str:
    return hmac.new(secret.encode(), f"known address {user_id} {network}".encode(), hashlib.sha256).hexdigest()[:32]
