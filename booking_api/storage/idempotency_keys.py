"""The `idempotency_keys` collection: what became of requests that carried a key, for 24 hours.

`{_id, caller, content, fingerprint, seed, resource_id, token, running_until, answer, sealed, expires_at}`. A key is
bound to the content of a request while that runs, and once it is answered (`sealed`). One whose request ended without
an answer to keep is free for any content.

`resource_id` is the id of what the request makes. The same content has the same one as long as the record lives, so a
repeat after a crash makes it under the same id, and the collection it goes into, whose ids are unique, decides whether
it was made before. Another content has another one.

`fingerprint` and `answer` are for the version before this one, which runs beside it during a deploy. It compares the
bytes of bodies, and keeps answers in plain; where it finds none in `answer` it carries the request out again, under the
same id.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .key_counts import Kept, KeyCounts

KEEP = timedelta(hours=24)


@dataclass(frozen=True)
class KeyedRequest:
    """A request with a key, in digests that nobody without the server's secret can make."""

    key_id: str  # of the key and who sent it
    caller: str  # of whose keys this one counts among
    content: str  # of method, address and body, as JSON
    as_sent: str  # of the same, byte for byte

    def is_that_of(self, record: dict) -> bool:
        """Whether the record's key is bound to this content."""
        if "content" not in record:  # of the version before
            return record["fingerprint"] == self.as_sent
        return record["content"] == self.content


@dataclass(frozen=True)
class Attempt:
    """A request's hold on its key."""

    request: KeyedRequest
    token: str
    resource_id: ObjectId


class IdempotencyKeys:
    """Gives each key to one request at a time, and keeps the answer."""

    INDEXES = [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("caller", ASCENDING), ("expires_at", ASCENDING)]),
    ]

    def __init__(self, collection: Collection, clock: Callable[[], datetime], lease_seconds: float):
        self.collection = collection
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._counts = KeyCounts(self._find_kept, clock)

    def seconds_until_room(self, caller: str) -> int:
        """0, or how long a caller who has kept as much as one may must wait before there is room for another key."""
        return self._counts.seconds_until_room(caller)

    def begin(self, request: KeyedRequest, *, add: bool = True) -> Attempt | dict | None:
        """Take the key for this request, or the record of the request that has it or had it.

        Without `add` a key that is not there is not added, and None is returned.
        """
        while True:
            attempt = self._add(request) if add else None
            if attempt is not None:
                return attempt
            record = self.collection.find_one({"_id": request.key_id})
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
        """Free the key at once, because this attempt ended without an answer to keep."""
        self.collection.update_one(self._held_by(attempt), {"$set": {"running_until": self._clock()}})

    def _add(self, request: KeyedRequest) -> Attempt | None:
        """The first attempt with this key; None if the key is there."""
        seed = ObjectId()
        attempt = Attempt(request, secrets.token_hex(8), _resource_id(seed, request))
        try:
            self.collection.insert_one({"_id": request.key_id} | self._binding(attempt, seed))
        except DuplicateKeyError:
            return None
        self._counts.add(request.caller, keys=1)
        return attempt

    def _take_over(self, request: KeyedRequest, record: dict) -> Attempt | None:
        """A key that nobody has; None if somebody else was faster."""
        seed = record.get("seed", record["resource_id"])
        resource_id = record["resource_id"] if request.is_that_of(record) else _resource_id(seed, request)
        attempt = Attempt(request, secrets.token_hex(8), resource_id)
        unchanged = {name: record[name] for name in ("_id", "token", "running_until")}
        changes = {"$set": self._binding(attempt, seed)}
        return attempt if self.collection.update_one(unchanged, changes).matched_count else None

    def _binding(self, attempt: Attempt, seed: ObjectId) -> dict:
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
    def _held_by(attempt: Attempt) -> dict:
        return {"_id": attempt.request.key_id, "token": attempt.token}

    def _find_kept(self, caller: str, most: int) -> Kept:
        now = self._clock()
        stages = [
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


def is_answered(record: dict) -> bool:
    """Whether the request of a record has its answer."""
    return bool(record.get("sealed") or record["answer"])


def _resource_id(seed: ObjectId, request: KeyedRequest) -> ObjectId:
    """An id for this content, which begins with the time of its seed as ids do."""
    digest = hashlib.sha256(seed.binary + request.content.encode()).digest()
    return ObjectId(seed.binary[:4] + digest[:8])
