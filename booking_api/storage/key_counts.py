"""How many idempotency keys each caller has: counted in memory by each process, and rarely in the database.

A request with a key should not cost an additional query. So a process counts the keys that it adds for a caller, and
counts those in the database only after it has added `STEP_KEYS` keys, or answers of `STEP_BYTES`. Each process may
therefore let a caller exceed the limits by that much, and by as much again after a restart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_KEYS = 10_000  # of a caller in 24 hours
MOST_BYTES = 50_000_000  # of the answers kept under them
STEP_KEYS = 200
STEP_BYTES = 2_000_000
ASK_AGAIN = timedelta(seconds=60)  # about a caller who has no room
MOST_CALLERS = 20_000  # remembered by a process, in a few megabytes


@dataclass(frozen=True)
class Kept:
    """How much a caller has stored, and when the first of it expires."""

    keys: int
    size: int
    oldest_end: datetime


@dataclass(slots=True)
class Count:
    """What this process has added for a caller since it last asked the database, and until when there is no room."""

    keys: int = 0
    size: int = 0
    full_until: datetime | None = None
    ask_again: datetime | None = None

    @property
    def is_due(self) -> bool:
        """Whether enough was added that the database should be asked."""
        return self.keys >= STEP_KEYS or self.size >= STEP_BYTES


class KeyCounts:
    """Says whether a caller has room for another key. Concurrent threads may lose a count."""

    def __init__(self, find_kept: Callable[[str, int], Kept], clock: Callable[[], datetime]):
        self._find_kept = find_kept
        self._clock = clock
        self._counts: dict[str, Count] = {}
        self._earlier: dict[str, Count] = {}

    def add(self, caller: str, *, keys: int = 0, size: int = 0) -> None:
        """Count what was added for a caller."""
        count = self._find(caller) or self._remember(caller, Count())
        count.keys += keys
        count.size += size

    def seconds_until_room(self, caller: str) -> int:
        """Return 0 if there is room for another key, as far as this process knows, else how long to wait for room."""
        count = self._find(caller)
        if count is None or not (count.is_due or count.full_until):
            return 0
        now = self._clock()
        if count.full_until is None or count.ask_again is None or now >= count.ask_again:
            kept = self._find_kept(caller, MOST_KEYS)
            count.keys = count.size = 0
            is_full = kept.keys >= MOST_KEYS or kept.size >= MOST_BYTES
            count.full_until = kept.oldest_end if is_full else None
            count.ask_again = now + ASK_AGAIN
        if count.full_until is None:
            return 0
        return max(1, int((count.full_until - now).total_seconds()) + 1)

    def _find(self, caller: str) -> Count | None:
        count = self._counts.get(caller)
        if count is None and (count := self._earlier.pop(caller, None)):
            self._remember(caller, count)
        return count

    def _remember(self, caller: str, count: Count) -> Count:
        if len(self._counts) >= MOST_CALLERS // 2:  # forget the callers that have been quiet for longest
            self._counts, self._earlier = {}, self._counts
        self._counts[caller] = count
        return count
