"""The `idempotency_keys` collection: what became of requests that carried a key, for 24 hours.

`{_id: scope and key, fingerprint, resource_id, token, running_until, answer, expires_at}`. `resource_id` is the id of
what the request makes: a repeat after a crash makes it under the same id, so the collection it goes into, whose ids
are unique, decides whether it was made before.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

KEEP = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """A request's hold on its key."""

    key_id: str
    token: str
    resource_id: ObjectId


class IdempotencyKeys:
    """Gives each key to one request at a time, and keeps the answer."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection, clock: Callable[[], datetime], lease_seconds: float):
        self.collection = collection
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)

    def begin(self, key_id: str, fingerprint: str) -> Attempt | dict:
        """Take the key, or the record of the request that has it or had it."""
        now = self._clock()
        claim = {"token": secrets.token_hex(8), "running_until": now + self._lease}
        resource_id = ObjectId()
        fresh = {
            "_id": key_id,
            "fingerprint": fingerprint,
            "resource_id": resource_id,
            "answer": None,
            "expires_at": now + KEEP,
        } | claim
        try:
            self.collection.insert_one(fresh)
            return Attempt(key_id, claim["token"], resource_id)
        except DuplicateKeyError:
            pass
        # The TTL index deletes with a delay, so a record may be there that no longer counts.
        outlived = self.collection.find_one_and_replace({"_id": key_id, "expires_at": {"$lte": now}}, fresh)
        if outlived is not None:
            return Attempt(key_id, claim["token"], resource_id)
        resumed = self.collection.find_one_and_update(
            {"_id": key_id, "fingerprint": fingerprint, "answer": None, "running_until": {"$lte": now}},
            {"$set": claim},
            return_document=ReturnDocument.AFTER,
        )
        if resumed is not None:
            return Attempt(key_id, claim["token"], resumed["resource_id"])
        return self.collection.find_one({"_id": key_id}) or self.begin(key_id, fingerprint)

    def keep(self, attempt: Attempt, answer: dict) -> None:
        """Store the answer, unless the key was given to another attempt in the meantime."""
        self.collection.update_one({"_id": attempt.key_id, "token": attempt.token}, {"$set": {"answer": answer}})

    def let_go(self, attempt: Attempt) -> None:
        """Allow the next attempt at once, because this one ended without an answer to keep."""
        self.collection.update_one(
            {"_id": attempt.key_id, "token": attempt.token}, {"$set": {"running_until": self._clock()}}
        )
