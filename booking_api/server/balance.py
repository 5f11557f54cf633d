"""How many connections each worker has, so that a worker that has more than another lets that one accept the next.

The kernel wakes every worker that waits for a connection, and whoever is first takes it; of 32 that come at once one
worker often took nearly all, and their threads then fought for its interpreter while another one's was idle: the list
of events was served 1,550 instead of 4,060 times a second. A socket for each worker (`reuse_port`) spreads them, too,
but what waits in the queue of a worker that leaves is reset.

Nothing but who accepts depends on these numbers.
"""

import mmap
import time
from collections.abc import Callable

WORKERS = 256  # a worker with a higher number takes no part
AHEAD = 1  # by how many connections a worker may be ahead of the one with the fewest
PATIENCE_SECONDS = 0.5  # far longer than a worker needs on a busy machine until it runs
LOOK_SECONDS = 0.001
IMPATIENT_SECONDS = 5.0
ABSENT = -1


class Counts:
    """The number of connections of each worker, in memory that is shared with processes forked from this one."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, WORKERS * 4)).cast("i")
        for number in range(WORKERS):
            self.leave(number)

    def note(self, number: int, connections: int) -> None:
        """Note how many connections a worker has."""
        if number < WORKERS:
            self._counts[number] = connections

    def leave(self, number: int) -> None:
        """Note that a worker accepts no more, or is gone."""
        self.note(number, ABSENT)

    def fewest(self) -> int | None:
        """Return how many connections the worker with the fewest has; None if no worker is there."""
        return min((count for count in self._counts if count != ABSENT), default=None)


class Turn:
    """Whether it is a worker's turn to accept a connection.

    It waits for a worker that has fewer for `PATIENCE_SECONDS` at most. If it has waited in vain, it does not wait
    again for `IMPATIENT_SECONDS`, because the other one may be frozen.
    """

    def __init__(self, counts: Counts, clock: Callable[[], float] = time.monotonic):
        self._counts = counts
        self._clock = clock
        self._since: float | None = None
        self._impatient_until = 0.0

    def has_come(self, connections: int) -> bool:
        """Return whether a worker that has so many connections should accept another one now."""
        fewest = self._counts.fewest()
        now = self._clock()
        if fewest is None or connections <= fewest + AHEAD or now < self._impatient_until:
            self._since = None
            return True
        if self._since is None:
            self._since = now
        if now < self._since + PATIENCE_SECONDS:
            return False
        self._since = None
        self._impatient_until = now + IMPATIENT_SECONDS
        return True
