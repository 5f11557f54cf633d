"""Requests for one document ride together, in order of arrival, and none is left asleep."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.storage import group_commit
from booking_api.storage.group_commit import GroupCommit, TooBusy

from ..pids import CALM_SECONDS, eventually

PATIENCE = CALM_SECONDS


class Work:
    """Runs batches by doubling each request; a closed gate keeps a leader at work after it has taken its batch."""

    def __init__(self):
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()
        self.failures = {}  # what to raise, by the first request of a batch
        self.before_take = None
        self.after_take = lambda: None
        self.at_work = Counter()
        self.queue = GroupCommit(self.run)

    def run(self, key, take):
        """The batch function."""
        if self.before_take is not None:
            error, self.before_take = self.before_take, None
            assert self.gate.wait(PATIENCE)
            raise error
        batch = list(take())
        self.after_take()
        self.at_work[key] += 1
        assert self.at_work[key] == 1, "two batches of a key at once"
        self.batches.append((key, batch))
        assert self.gate.wait(PATIENCE)
        self.at_work[key] -= 1
        if batch[0] in self.failures:
            raise self.failures[batch[0]]
        return [number if isinstance(number, Exception) else number * 2 for number in batch]

    @property
    def numbers(self):
        """The batches without their keys."""
        return [batch for _, batch in self.batches]


@pytest.fixture
def work():
    """A queue and what it ran; whatever a failed test left waiting is let go."""
    made = Work()
    yield made
    made.gate.set()


@pytest.fixture
def pool():
    """Threads that submit."""
    with ThreadPoolExecutor(64) as made:
        yield made


def submit(pool, work, *numbers, key="event", wait=PATIENCE):
    """Submit each from a thread of its own, the next once the one before waits."""
    futures = []
    for number in numbers:
        waiting = work.queue.waiting(key)
        futures.append(pool.submit(work.queue.submit, key, number, wait))
        eventually(lambda before=waiting: work.queue.waiting(key) == before + 1, "the request waits", pause=0.001)
    return futures


def lead(pool, work, number, key="event"):
    """A leader that has taken its batch, and stays at work until the gate opens."""
    work.gate.clear()
    leader = pool.submit(work.queue.submit, key, number, PATIENCE)
    eventually(lambda: (key, [number]) in work.batches, "the leader is at work", pause=0.001)
    return leader


def test_a_request_alone_is_a_batch_of_its_own_and_leaves_no_lane(work):
    assert [work.queue.submit("event", number, 1) for number in (1, 2)] == [2, 4]
    assert work.numbers == [[1], [2]]
    assert work.queue.busy_keys() == set()


def test_what_arrives_while_a_leader_works_is_the_next_batch_in_order_of_arrival(work, pool):
    leader = lead(pool, work, 0)
    others = submit(pool, work, *range(1, 9))
    assert work.queue.waiting("event") == 8
    work.gate.set()
    assert [future.result(PATIENCE) for future in [leader, *others]] == [number * 2 for number in range(9)]
    assert work.numbers == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]
    assert (work.queue.busy_keys(), work.queue.waiting("event")) == (set(), 0)


def test_a_batch_has_a_largest_size_and_the_rest_follow_in_order(work, pool, monkeypatch):
    monkeypatch.setattr(group_commit, "LARGEST_BATCH", 3)
    leader = lead(pool, work, 0)
    others = submit(pool, work, *range(1, 8))
    work.gate.set()
    assert [future.result(PATIENCE) for future in [leader, *others]] == [number * 2 for number in range(8)]
    assert work.numbers == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_documents_do_not_wait_for_each_other(work, pool):
    leader = lead(pool, work, 1, key="slow")
    other = pool.submit(work.queue.submit, "other", 2, PATIENCE)
    eventually(lambda: ("other", [2]) in work.batches, "the other document is at work", pause=0.001)
    work.gate.set()
    assert (leader.result(PATIENCE), other.result(PATIENCE)) == (2, 4)


def test_a_request_hears_its_own_exception_and_the_others_their_results(work, pool):
    leader = lead(pool, work, 0)
    refused = KeyError("mine")
    first, mine, last = submit(pool, work, 1, refused, 3)
    work.gate.set()
    assert (leader.result(PATIENCE), first.result(PATIENCE), last.result(PATIENCE)) == (0, 2, 6)
    assert mine.exception(PATIENCE) is refused


def test_an_exception_of_the_leader_reaches_its_batch_and_later_ones_go_on(work, pool):
    leader = lead(pool, work, 0)
    error = work.failures[1] = RuntimeError("lost")
    batch = submit(pool, work, 1, 2, 3)
    work.gate.set()
    assert leader.result(PATIENCE) == 0
    assert [future.exception(PATIENCE) for future in batch] == [error] * 3
    assert work.queue.submit("event", 4, 1) == 8
    assert work.queue.busy_keys() == set()


def test_who_waits_while_the_leader_fails_is_not_of_its_batch_and_is_served(work, pool):
    work.failures[0] = RuntimeError("lost")
    leader = lead(pool, work, 0)
    others = submit(pool, work, 1, 2)
    work.gate.set()
    assert isinstance(leader.exception(PATIENCE), RuntimeError)
    assert [future.result(PATIENCE) for future in others] == [2, 4]
    assert work.numbers == [[0], [1, 2]]


def test_a_leader_that_dies_leaves_nobody_asleep(work, pool):
    work.failures[0] = KeyboardInterrupt()
    leader = lead(pool, work, 0)
    others = submit(pool, work, 1, 2, 3)
    work.gate.set()
    for future in [leader, *others]:
        future.exception(PATIENCE)  # each ends, whatever it hears
        assert future.done()
    assert work.queue.busy_keys() == set()
    assert work.queue.submit("event", 4, 1) == 8


def test_a_leader_that_dies_before_it_has_taken_anything_leaves_nobody_asleep(work, pool):
    work.gate.clear()
    work.before_take = KeyboardInterrupt()
    futures = submit(pool, work, 0, 1, 2)
    work.gate.set()
    for future in futures:
        future.exception(PATIENCE)
        assert future.done()
    assert work.queue.busy_keys() == set()


def test_a_full_queue_turns_a_request_away_unrun(work, pool, monkeypatch):
    monkeypatch.setattr(group_commit, "LONGEST_QUEUE", 3)
    leader = lead(pool, work, 0)
    waiting = submit(pool, work, 1, 2, 3)
    with pytest.raises(TooBusy):
        work.queue.submit("event", 4, PATIENCE)
    work.gate.set()
    assert [future.result(PATIENCE) for future in [leader, *waiting]] == [0, 2, 4, 6]
    assert work.numbers == [[0], [1, 2, 3]]


def test_a_request_whose_turn_does_not_come_in_time_is_not_run(work, pool):
    leader = lead(pool, work, 0)
    (patient,) = submit(pool, work, 1)
    with pytest.raises(TooBusy):
        work.queue.submit("event", 2, 0.02)
    assert work.queue.waiting("event") == 1
    work.gate.set()
    assert (leader.result(PATIENCE), patient.result(PATIENCE)) == (0, 2)
    assert work.numbers == [[0], [1]]


@pytest.mark.parametrize("wait", [0, -1])
def test_a_request_without_time_left_is_not_run(work, wait):
    with pytest.raises(TooBusy):
        work.queue.submit("event", 1, wait)
    assert (work.batches, work.queue.busy_keys()) == ([], set())


def test_a_request_taken_in_time_is_waited_for(work, pool, monkeypatch):
    taken, left, leave = threading.Event(), [], GroupCommit._leave

    def leave_late(queue, key, seat):
        """Its time was over when it had been taken already."""
        assert taken.wait(PATIENCE)
        left.append(leave(queue, key, seat))
        return left[-1]

    monkeypatch.setattr(GroupCommit, "_leave", leave_late)
    first = lead(pool, work, 0)
    (second,) = submit(pool, work, 1)
    (third,) = submit(pool, work, 2, wait=0.02)

    def linger():
        work.gate.clear()
        taken.set()

    work.after_take = linger
    work.gate.set()
    assert taken.wait(PATIENCE)
    eventually(lambda: left == [False], "it may not leave any more")
    assert not third.done()
    work.gate.set()
    assert [future.result(PATIENCE) for future in (first, second, third)] == [0, 2, 4]
