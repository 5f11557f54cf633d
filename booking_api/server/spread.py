"""Spread connections over the workers: one that has more than its share leaves the next ones to the others.

All workers wait at the same listening sockets. The one that woke first often took nearly all of 32 connections opened
at once (more than 60 % in 31 of 40 trials), and then its threads shared one interpreter while the other worker was
idle. So the workers count their open connections in memory that they share, and one that is well ahead of another looks
away from the sockets for a millisecond, again and again, until the other one has accepted or `PATIENCE_SECONDS` are
over. Of 32, none has more than 18 of two workers, or 10 of four. And one that is far ahead, as after a reload, ends
connections after an answer, so that their clients come back to the others.

Why this way:
- `SO_REUSEPORT` gives each worker a queue of its own, and the kernel resets what is in the queue of one that leaves.
- Passing accepted sockets from worker to worker loses those on the way to a worker that dies or is frozen.
- `EPOLLEXCLUSIVE` wakes one worker only, but always the same one first.
- Here the connections stay in the kernel's queue until somebody has time for them: none can be lost, and a wrong
  count costs balance or a moment, never a connection. Where each request has a connection of its own, one of twenty is
  left to others, for 0.02 to 0.04 ms of CPU a request, 10 to 20 % of what a bare one costs then.
"""

import mmap

MOST_WORKERS = 128  # those with higher numbers accept whatever comes, and nobody waits for them
MOST_AHEAD = 3  # connections, and an eighth of what the other one has: 32 are at most 18 and 14
FAR_AHEAD = 5  # connections, or half of what the other one has: then those that are open move, too
STEP_SECONDS = 0.001  # the least that epoll can wait
PATIENCE_SECONDS = 0.1  # in which the other one accepts nothing: it is frozen, dead, or far too busy


class ConnectionCounts:
    """The counts of all workers by their numbers, in shared memory; create it before the fork.

    A worker writes only its own. Each is written and read in one piece, so there is no lock that a dead one could hold.
    """

    def __init__(self) -> None:
        view = memoryview(mmap.mmap(-1, 2 * 8 * MOST_WORKERS)).cast("q")
        self.open = view[:MOST_WORKERS]  # one more than a worker has open; 0 if it accepts nothing
        self.accepted = view[MOST_WORKERS:]  # ever, by all that had the number: it shows who is awake

    def all_open(self) -> list[int]:
        """Return `open` as far as there are workers: a loop over all of it would cost 7 µs instead of 1."""
        used = len(self.open.tobytes().rstrip(b"\0"))
        return self.open[: (used + 7) // 8].tolist()

    def forget(self, number: int) -> None:
        """Count a worker no more, because it has ended."""
        if number < MOST_WORKERS:
            self.open[number] = 0


class Share:
    """What one worker knows of its share. An accepted connection costs 2 µs here, a request nothing."""

    def __init__(self, counts: ConnectionCounts, number: int):
        self._counts = counts
        self._number = number if number < MOST_WORKERS else None
        # Workers that this one is ahead of: how many each had accepted when this one began to wait for it, and when.
        self._awaited: dict[int, tuple[int, float]] = {}
        self._accepted_by_others: int | None = None  # when there was a surplus last

    def note(self, connections: int | None) -> None:
        """Tell the others how many connections are open; None if no more are accepted."""
        if self._number is not None:
            self._counts.open[self._number] = 0 if connections is None else connections + 1

    def note_accepted(self, connections: int) -> None:
        """Tell the others that one more was accepted, and how many are open now."""
        if self._number is not None:
            self._counts.accepted[self._number] += 1
            self._counts.open[self._number] = connections + 1

    def leaves_it(self, connections: int, now: float) -> bool:
        """Whether a worker with so many connections should leave the one that waits to somebody else for a moment.

        The worker with the fewest never does, and nobody waits longer than `PATIENCE_SECONDS` for one that does not
        accept: from then on, until it does, it is as if it were not there.
        """
        if connections <= MOST_AHEAD or self._number is None:
            return False
        awaited = {}
        for number, count in enumerate(self._counts.all_open()):
            theirs = count - 1
            if count and connections > theirs + MOST_AHEAD + theirs // 8:
                accepted = self._counts.accepted[number]
                before, since = self._awaited.get(number, (None, now))
                awaited[number] = accepted, since if before == accepted else now
        self._awaited = awaited
        return any(now - since < PATIENCE_SECONDS for _, since in awaited.values())

    def surplus(self, connections: int) -> int:
        """Return how many of so many connections to end, each after an answer, because another worker has far fewer.

        Their clients come back at once, to that one. Without this, the worker that is up first after a reload, or
        survives another, would have all clients for as long as they keep their connections: 32 and 0, seen after one
        of four reloads. It is 0 until others have accepted some since it was not: one of them may be frozen.
        """
        if self._number is None:
            return 0
        accepted = sum(self._counts.accepted.tolist()) - self._counts.accepted[self._number]
        fewest = min((count - 1 for count in self._counts.all_open() if count), default=connections)
        if connections <= fewest + max(FAR_AHEAD, fewest // 2) or accepted == self._accepted_by_others:
            return 0
        self._accepted_by_others = accepted
        return (connections - fewest) // 2
