"""Which organizers have a webhook, as far as this process knows: asked in every transaction that changes an event."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from bson import ObjectId
from pymongo.errors import PyMongoError

from ..storage.deadline import deadline

log = logging.getLogger(__name__)

FRESH_SECONDS = 5.0  # MongoDB is not asked more often
STALE_SECONDS = 15.0  # with older knowledge, nobody is taken for one without webhooks
ASK_SECONDS = 1.0
MOST_KNOWN = 50_000  # organizers with webhooks; if there are more, every organizer counts as one


class _Known(NamedTuple):
    organizers: frozenset[ObjectId]
    at: float  # when they were asked for


class Following:
    """Remembers the organizers with active webhooks, for `FRESH_SECONDS`.

    If it is wrong in saying that somebody is followed, that costs a job which finds nothing to do; if it is wrong in
    saying that nobody is, a change is told late. So when in doubt it says yes: before MongoDB has answered for the
    first time, and when it has not answered for `STALE_SECONDS`. An answer of no is never older than that, which is
    how long after the making of a webhook changes must be looked for (see `CatchUp`). It never fails, because no sale
    may fail for the sake of a webhook.
    """

    def __init__(self, find: Callable[[int], frozenset[ObjectId]], clock: Callable[[], float] = time.monotonic):
        self._find = find
        self._clock = clock
        self._known = _Known(frozenset(), float("-inf"))
        self._asked = float("-inf")
        self._asking = threading.Lock()

    def is_followed(self, organizer_id: ObjectId) -> bool:
        """Return whether an organizer may have an active webhook."""
        now = self._clock()
        # Only one thread asks, and the others answer from what is known.
        if now - self._asked > FRESH_SECONDS and self._asking.acquire(blocking=False):
            try:
                self._ask(now)
            finally:
                self._asking.release()
        known = self._known
        if now - known.at > STALE_SECONDS or len(known.organizers) > MOST_KNOWN:
            return True
        return organizer_id in known.organizers

    def ask_again(self) -> None:
        """Have the next caller ask MongoDB: this process knows that something has changed."""
        self._asked = float("-inf")

    def _ask(self, now: float) -> None:
        self._asked = now  # whatever comes of it, so that not every sale waits for a database that does not answer
        try:
            with deadline(ASK_SECONDS):
                self._known = _Known(self._find(MOST_KNOWN + 1), now)
        except PyMongoError as error:
            log.warning("MongoDB did not say who has webhooks: %s", type(error).__name__)
