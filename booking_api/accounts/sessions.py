"""Sessions: from a login to its end. A session's tokens stop working within seconds of its end, on every worker.

`{_id, user_id, refresh_jti, issued_at, rotations, expires_at, ended_at}` in the `sessions` collection. Only the latest
refresh token of a session is alive. Using an earlier one means that somebody has a copy, and ends the session
(RFC 9700, section 4.14.2), unless it was exchanged a moment ago: then two tabs met, or an answer was lost, and whoever
sends it gets the pair that is alive. `rotations` names the tokens that were exchanged last, and when.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import NetworkTimeout, PyMongoError

from ..auth.tokens import SessionEnded
from ..storage.client import UnitOfWork
from ..storage.deadline import deadline

POLL_SECONDS = 2.0
STALE_SECONDS = 5.0  # what API.md promises: from then on, better no answer than one by an ended session
POLL_LIMIT_SECONDS = 2.0
GRACE = timedelta(seconds=10)  # what API.md promises to a refresh token that was exchanged
ROTATION_SECONDS = 3.0  # a refresh answered 503 by then can be repeated, and repeated again, within the grace
KEPT_ROTATIONS = 20
OVERLAP = timedelta(seconds=30)  # for clocks of machines that differ, and commits that were slow


class Lock(Protocol):
    """What a worker needs of a lock, so that one request at a time asks for ended sessions."""

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock for up to `timeout` seconds, and return whether it was acquired."""

    def release(self) -> None:
        """Release the lock."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The pair of tokens that is alive: the id of its refresh token, and when it was issued, in seconds since 1970."""

    refresh_jti: str
    issued_at: int


class SessionStore:
    """Reads and writes sessions."""

    INDEXES = [
        IndexModel([("user_id", ASCENDING)]),
        IndexModel([("ended_at", ASCENDING)], partialFilterExpression={"ended_at": {"$type": "date"}}),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection):
        self.collection = collection

    def insert(self, session: dict) -> None:
        """Add a session."""
        self.collection.insert_one(session)

    def rotate(self, session_id: ObjectId, before: str, after: Renewal, *, now: datetime, expires_at: datetime) -> bool:
        """Replace the live refresh token; False if `before` is not the live one, or the session has ended."""
        live = {"_id": session_id, "refresh_jti": before, "ended_at": None}
        changes = {"refresh_jti": after.refresh_jti, "issued_at": after.issued_at, "expires_at": expires_at}
        rotation = {"$each": [{"jti": before, "at": now}], "$slice": -KEPT_ROTATIONS}
        updated = self.collection.update_one(live, {"$set": changes, "$push": {"rotations": rotation}})
        return updated.matched_count == 1

    def find_successor(self, session_id: ObjectId, before: str, since: datetime) -> Renewal | None:
        """The live pair, if `before` was exchanged at or after `since`; None if it was not, or the session has ended.

        It is a write that changes nothing: a read could miss a rotation that no majority has yet, and would take the
        loser of a race for a thief.
        """
        exchanged = {"$elemMatch": {"jti": before, "at": {"$gte": since}}}
        live = {"_id": session_id, "ended_at": None, "rotations": exchanged}
        found = self.collection.find_one_and_update(
            live, {"$set": {"ended_at": None}}, return_document=ReturnDocument.AFTER
        )
        return found and Renewal(found["refresh_jti"], found["issued_at"])

    def end(self, conditions: dict, now: datetime, session: ClientSession | None = None) -> list[ObjectId]:
        """End the live sessions that meet the conditions; which they were."""
        live = conditions | {"ended_at": None}
        ids = [row["_id"] for row in self.collection.find(live, {"_id": 1}, session=session)]
        if ids:
            self.collection.update_many({"_id": {"$in": ids}}, {"$set": {"ended_at": now}}, session=session)
        return ids

    def ended_since(self, moment: datetime) -> dict[ObjectId, datetime]:
        """The sessions that ended after a moment, and when."""
        found = self.collection.find({"ended_at": {"$gt": moment}}, {"ended_at": 1})
        return {session["_id"]: session["ended_at"] for session in found}


class SessionService:
    """Starts, renews and ends sessions, and knows which have ended without asking the database each time."""

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
        """A new session; its id, and the id of its first refresh token."""
        session_id, jti = ObjectId(), secrets.token_hex(16)
        expires_at = self._clock() + self._refresh_life
        row = {"_id": session_id, "user_id": user_id, "refresh_jti": jti, "expires_at": expires_at, "ended_at": None}
        self._store.insert(row)
        return session_id, jti

    def renew(self, session_id: ObjectId, jti: str, issued_at: int) -> Renewal:
        """The next pair of tokens, issued at this time, in exchange for the live refresh token.

        A token that was exchanged within `GRACE` gets the pair that is alive, whose `issued_at` is the earlier one.
        Raises `SessionEnded` for any other token, and ends the session.
        """
        now = self._clock()
        following = Renewal(secrets.token_hex(16), issued_at)
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
        """End every session of a user, or every other one, as part of a unit of work."""
        ended = self._store.end({"user_id": user_id, "_id": {"$ne": but}}, self._clock(), unit.session)
        unit.after_commit(lambda: self._note(ended))

    def is_ended(self, session_id: ObjectId) -> bool:
        """Whether a session has ended, no later than `STALE_SECONDS` after it did.

        Raises the driver's error if MongoDB has not answered for so long.
        """
        age = self._monotonic() - self._polled
        # While what we know will do, one request asks and the others go on; once it will not, they wait for it.
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
        # An access token outlives its session at most by its own life, so older ends need not be known.
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
