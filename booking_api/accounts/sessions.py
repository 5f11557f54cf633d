"""Sessions, which begin with a login. The tokens of an ended session stop working within seconds, on every worker.

Only the latest refresh token of a session is alive. If an earlier one is used, somebody has a copy, and the session is
ended (RFC 9700, section 4.14.2). But if it was exchanged a moment ago, two browser tabs have raced or an answer was
lost; then the sender gets the pair of tokens that is alive.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import NetworkTimeout, PyMongoError

from ..auth.tokens import SessionEnded
from ..storage.client import UnitOfWork
from ..storage.deadline import deadline
from .model import Session

POLL_SECONDS = 2.0
STALE_SECONDS = 5.0  # as API.md promises; with older knowledge requests are refused, since the session may have ended
POLL_LIMIT_SECONDS = 2.0
GRACE = timedelta(seconds=10)  # as API.md promises for a refresh token that was exchanged
ROTATION_SECONDS = 3.0  # short enough to repeat a refresh that was answered 503 twice within the grace period
KEPT_ROTATIONS = 20
MOST_SESSIONS = 100  # of an account: so many can be ended in one transaction, and remembered by each worker
OVERLAP = timedelta(seconds=30)  # allows for differing clocks and slow commits


class Lock(Protocol):
    """What a worker needs of a lock, so that one request at a time asks for ended sessions."""

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock for up to `timeout` seconds, and return whether it was acquired."""

    def release(self) -> None:
        """Release the lock."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The live pair of tokens: the id of its refresh token, and what both tokens say.

    They were issued at `issued_at`, in seconds since 1970; `verified` says whether the account's email was verified.
    """

    refresh_jti: str
    issued_at: int
    verified: bool


class SessionStore:
    """Reads and writes sessions."""

    INDEXES = [
        IndexModel([("user_id", ASCENDING), ("ended_at", ASCENDING), ("expires_at", DESCENDING)]),
        IndexModel([("ended_at", ASCENDING)], partialFilterExpression={"ended_at": {"$type": "date"}}),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, session: Session) -> None:
        """Add a session."""
        self.collection.insert_one(session)

    def rotate(self, session_id: ObjectId, before: str, after: Renewal, *, now: datetime, expires_at: datetime) -> bool:
        """Replace the live refresh token. Returns False if `before` is not live, or if the session has ended."""
        live = {"_id": session_id, "refresh_jti": before, "ended_at": None}
        changes = asdict(after) | {"expires_at": expires_at}
        rotation = {"$each": [{"jti": before, "at": now}], "$slice": -KEPT_ROTATIONS}
        updated = self.collection.update_one(live, {"$set": changes, "$push": {"rotations": rotation}})
        return updated.matched_count == 1

    def find_successor(self, session_id: ObjectId, before: str, since: datetime) -> Renewal | None:
        """Return the live pair if `before` was exchanged at or after `since`, and None if the session has ended.

        This is a write that changes nothing, because a read could miss a rotation that no majority has acknowledged
        yet. Then the loser of a race would be taken for a thief.
        """
        exchanged = {"$elemMatch": {"jti": before, "at": {"$gte": since}}}
        live = {"_id": session_id, "ended_at": None, "rotations": exchanged}
        found: Session | None = self.collection.find_one_and_update(
            live, {"$set": {"ended_at": None}}, return_document=ReturnDocument.AFTER
        )
        return Renewal(found["refresh_jti"], found["issued_at"], found["verified"]) if found else None

    def end(self, conditions: dict[str, Any], now: datetime, session: ClientSession | None = None) -> list[ObjectId]:
        """End the live sessions that meet the conditions, and return their ids."""
        live = conditions | {"ended_at": None}
        ids = [row["_id"] for row in self.collection.find(live, {"_id": 1}, session=session)]
        if ids:
            self.collection.update_many({"_id": {"$in": ids}}, {"$set": {"ended_at": now}}, session=session)
        return ids

    def count_live(self, user_id: ObjectId, now: datetime) -> int:
        """Return how many sessions of a user are live."""
        return self.collection.count_documents({"user_id": user_id, "ended_at": None, "expires_at": {"$gt": now}})

    def find_surplus(self, user_id: ObjectId, most: int) -> list[ObjectId]:
        """Return the live sessions of a user except the `most` that were renewed last; at most 1,000."""
        live = self.collection.find({"user_id": user_id, "ended_at": None}, {"_id": 1})
        return [row["_id"] for row in live.sort("expires_at", DESCENDING).skip(most).limit(1000)]

    def ended_since(self, moment: datetime) -> dict[ObjectId, datetime]:
        """Return the sessions that ended after `moment`, and when each ended."""
        found = self.collection.find({"ended_at": {"$gt": moment}}, {"ended_at": 1})
        return {session["_id"]: session["ended_at"] for session in found}


class SessionService:
    """Starts, renews and ends sessions, and knows which have ended without a query for each request."""

    def __init__(
        self,
        store: SessionStore,
        clock: Callable[[], datetime],
        access_life: timedelta,
        refresh_life: timedelta,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        lock: Lock | None = None,
    ):
        self._store = store
        self._clock = clock
        self._access_life = access_life
        self._refresh_life = refresh_life
        self._ended: dict[ObjectId, datetime] = {}
        self._polled = 0.0
        self._polling: Lock = lock or threading.Lock()
        self._monotonic = monotonic

    def start(self, user_id: ObjectId) -> tuple[ObjectId, str]:
        """Start a session; return its id, and the id of its first refresh token.

        If the account then has more than `MOST_SESSIONS`, those that were renewed longest ago are ended.
        """
        session_id, jti = ObjectId(), secrets.token_hex(16)
        expires_at = self._clock() + self._refresh_life
        self._store.insert(
            {"_id": session_id, "user_id": user_id, "refresh_jti": jti, "expires_at": expires_at, "ended_at": None}
        )
        if surplus := self._store.find_surplus(user_id, MOST_SESSIONS):
            self._note(self._store.end({"_id": {"$in": surplus}}, self._clock()))
        return session_id, jti

    def renew(self, session_id: ObjectId, jti: str, issued_at: int, *, verified: bool) -> Renewal:
        """Exchange the live refresh token for the next pair of tokens, with this `issued_at` and `verified`.

        For a token that was exchanged within `GRACE` the live pair is returned, as it was issued. For any other token
        the session is ended, and `SessionEnded` raised.
        """
        now = self._clock()
        following = Renewal(secrets.token_hex(16), issued_at, verified)
        with deadline(ROTATION_SECONDS):
            if self._store.rotate(session_id, jti, following, now=now, expires_at=now + self._refresh_life):
                return following
            successor = self._store.find_successor(session_id, jti, now - GRACE)
        if successor is None:
            self.end(session_id)
            raise SessionEnded
        return successor

    def end(self, session_id: ObjectId) -> None:
        """End one session."""
        self._note(self._store.end({"_id": session_id}, self._clock()))

    def end_all(self, user_id: ObjectId, unit: UnitOfWork, *, but: ObjectId | None = None) -> None:
        """End every session of a user, except `but`, as part of a unit of work."""
        ended = self._store.end({"user_id": user_id, "_id": {"$ne": but}}, self._clock(), unit.session)
        unit.after_commit(lambda: self._note(ended))

    def is_ended(self, session_id: ObjectId) -> bool:
        """Whether a session has ended; True at the latest `STALE_SECONDS` after it did.

        Raises the driver's error if MongoDB has not answered for so long.
        """
        age = self._monotonic() - self._polled
        # One request polls. The others go on while the last result is fresh enough; then they wait for the new one.
        if age > POLL_SECONDS and self._polling.acquire(timeout=POLL_LIMIT_SECONDS if age > STALE_SECONDS else 0):
            try:
                if self._monotonic() - self._polled > POLL_SECONDS:
                    self._poll()
            finally:
                self._polling.release()
        if self._monotonic() - self._polled > STALE_SECONDS:
            raise NetworkTimeout("It is not known which sessions have ended.")
        return session_id in self._ended

    def remembered(self) -> set[ObjectId]:
        """Return the ended sessions that this worker remembers: those of which an access token may be alive."""
        return set(self._ended)

    def _poll(self) -> None:
        now = self._clock()
        # An access token outlives its session by at most its own lifetime, so earlier ends need not be known.
        oldest = now - self._access_life - OVERLAP
        newest = min(now, max([*self._ended.values(), oldest]))  # another machine's clock may be ahead
        since = newest - OVERLAP if self._polled else oldest
        began = self._monotonic()
        try:
            with deadline(POLL_LIMIT_SECONDS):
                found = self._store.ended_since(since)
        except PyMongoError:
            return
        known = self._ended | found
        self._ended = {session_id: ended for session_id, ended in known.items() if ended > oldest}
        self._polled = began

    def _note(self, session_ids: list[ObjectId]) -> None:
        self._ended = self._ended | dict.fromkeys(session_ids, self._clock())
