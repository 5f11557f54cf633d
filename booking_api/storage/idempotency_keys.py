"""The `idempotency_keys` collection: the outcome of requests that carried a key, kept for 24 hours.

A key is bound to the content of its request while the request runs, and after it was answered. If a request ended
without an answer to keep, its key is free for any content.

`resource_id` is the id of the document that the request creates. It stays the same for the same content as long as the
record lives, so a repeat after a crash uses the same id, and the unique `_id` of the other collection decides whether
the document exists already. Other content gets another id.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .key_counts import Kept, KeyCounts

KEEP = timedelta(hours=24)


class KeyRecord(TypedDict):
    """A document of `idempotency_keys`.

    `fingerprint` and `answer` are for the previous version, which runs beside this one during a deploy. It compares the
    bytes of bodies, and stores answers unencrypted; if `answer` is empty it carries out the request again, under the
    same id.
    """

    _id: str
    caller: str
    content: NotRequired[str]  # missing in records of the previous version
    fingerprint: str
    seed: NotRequired[ObjectId]  # of which the ids of all contents are derived
    resource_id: ObjectId
    token: str  # of the attempt that holds the key
    running_until: datetime
    answer: object
    sealed: NotRequired[bytes]  # the encrypted answer
    expires_at: datetime


@dataclass(frozen=True)
class KeyedRequest:
    """A request with a key, as digests that only the server's secret can produce."""

    key_id: str  # digest of the key and its sender
    caller: str  # digest of the caller among whose keys this one counts
    content: str  # digest of method, address and body, as JSON
    as_sent: str  # digest of the same, byte for byte

    def is_that_of(self, record: KeyRecord) -> bool:
        """Whether the record's key is bound to this content."""
        if "content" not in record:  # written by the previous version
            return record["fingerprint"] == self.as_sent
        return record["content"] == self.content


@dataclass(frozen=True)
class Attempt:
    """A request's hold on its key."""

    request: KeyedRequest
    token: str
    resource_id: ObjectId


class IdempotencyKeys:
    """Gives each key to one request at a time, and stores the answer."""

    INDEXES = [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("caller", ASCENDING), ("expires_at", ASCENDING)]),
    ]

    def __init__(self, collection: Collection[Any], clock: Callable[[], datetime], lease_seconds: float):
        self.collection = collection
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._counts = KeyCounts(self._find_kept, clock)

    def seconds_until_room(self, caller: str) -> int:
        """Return how long a caller must wait until there is room for another key: 0 unless they are at their limit."""
        return self._counts.seconds_until_room(caller)

    def begin(self, request: KeyedRequest, *, add: bool = True) -> Attempt | KeyRecord | None:
        """Take the key for this request, or return the record of the request that has it or had it.

        Without `add` a new key is not stored, and None is returned.
        """
        while True:
            attempt = self._add(request) if add else None
            if attempt is not None:
                return attempt
            record: KeyRecord | None = self.collection.find_one({"_id": request.key_id})
            now = self._clock()
            if record is not None and record["expires_at"] <= now:  # the TTL index deletes with a delay
                self.collection.delete_one({"_id": request.key_id, "token": record["token"]})
                record = None
            if record is None:
                if not add:
                    return None
            elif record["running_until"] > now or is_answered(record):
                return record
            else:
                attempt = self._take_over(request, record)
                if attempt is not None:
                    return attempt

    def keep(self, attempt: Attempt, sealed: bytes) -> None:
        """Store the answer, unless the key was given to another attempt in the meantime."""
        self.collection.update_one(self._held_by(attempt), {"$set": {"sealed": sealed}})
        self._counts.add(attempt.request.caller, size=len(sealed))

    def let_go(self, attempt: Attempt) -> None:
        """Release the key at once, because this attempt ended without an answer to keep."""
        self.collection.update_one(self._held_by(attempt), {"$set": {"running_until": self._clock()}})

    def _add(self, request: KeyedRequest) -> Attempt | None:
        """Store a new key and return its first attempt; None if the key exists."""
        seed = ObjectId()
        attempt = Attempt(request, secrets.token_hex(8), _resource_id(seed, request))
        try:
            self.collection.insert_one({"_id": request.key_id, **self._binding(attempt, seed)})
        except DuplicateKeyError:
            return None
        self._counts.add(request.caller, keys=1)
        return attempt

    def _take_over(self, request: KeyedRequest, record: KeyRecord) -> Attempt | None:
        """Take a key that no attempt holds any more; None if somebody else was faster."""
        seed = record.get("seed", record["resource_id"])
        resource_id = record["resource_id"] if request.is_that_of(record) else _resource_id(seed, request)
        attempt = Attempt(request, secrets.token_hex(8), resource_id)
        unchanged = {"_id": record["_id"], "token": record["token"], "running_until": record["running_until"]}
        changes = {"$set": self._binding(attempt, seed)}
        return attempt if self.collection.update_one(unchanged, changes).matched_count else None

    def _binding(self, attempt: Attempt, seed: ObjectId) -> dict[str, Any]:
        now = self._clock()
        return {
            "caller": attempt.request.caller,
            "seed": seed,
            "content": attempt.request.content,
            "fingerprint": attempt.request.as_sent,
            "resource_id": attempt.resource_id,
            "token": attempt.token,
            "running_until": now + self._lease,
            "answer": None,
            "expires_at": now + KEEP,
        }

    @staticmethod
    def _held_by(attempt: Attempt) -> dict[str, Any]:
        return {"_id": attempt.request.key_id, "token": attempt.token}

    def _find_kept(self, caller: str, most: int) -> Kept:
        now = self._clock()
        stages: list[dict[str, Any]] = [
            {"$match": {"caller": caller, "expires_at": {"$gt": now}}},
            {"$sort": {"expires_at": ASCENDING}},
            {"$limit": most},
            {
                "$group": {
                    "_id": None,
                    "keys": {"$sum": 1},
                    "size": {"$sum": {"$binarySize": {"$ifNull": ["$sealed", ""]}}},
                    "oldest_end": {"$min": "$expires_at"},
                }
            },
        ]
        for row in self.collection.aggregate(stages):
            return Kept(row["keys"], row["size"], row["oldest_end"])
        return Kept(0, 0, now)


def is_answered(record: KeyRecord) -> bool:
    """Whether the request of a record was answered."""
    return bool(record.get("sealed") or record["answer"])


def _resource_id(seed: ObjectId, request: KeyedRequest) -> ObjectId:
    """Return an id for this content, which begins with the time of the seed, as ids do."""
    digest = hashlib.sha256(seed.binary + request.content.encode()).digest()
    return ObjectId(seed.binary[:4] + digest[:8])
