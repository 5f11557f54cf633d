"""Whose turn it is to accept a connection."""

import os

import pytest

from booking_api.server import balance
from booking_api.server.balance import AHEAD, IMPATIENT_SECONDS, PATIENCE_SECONDS, WORKERS, Counts, Turn


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counts():
    return Counts()


def test_a_worker_that_is_ahead_of_another_lets_that_one_accept(counts, clock):
    turn = Turn(counts, clock)
    counts.note(0, 5)
    counts.note(1, 5 + AHEAD + 1)
    assert not turn.has_come(5 + AHEAD + 1)
    assert turn.has_come(5 + AHEAD)
    counts.note(0, 6)
    assert turn.has_come(5 + AHEAD + 1)


def test_a_worker_waits_for_nobody_who_is_not_there(counts, clock):
    turn = Turn(counts, clock)
    assert turn.has_come(1000)
    counts.note(3, 1000)
    assert turn.has_come(1000)
    counts.note(4, 0)
    assert not turn.has_come(1000)
    counts.leave(4)
    assert turn.has_come(1000)


def test_who_has_waited_in_vain_accepts_and_does_not_wait_again_for_a_while(counts, clock):
    turn = Turn(counts, clock)
    counts.note(0, 0)
    assert not turn.has_come(9)
    clock.now += PATIENCE_SECONDS * 0.9
    assert not turn.has_come(9)
    clock.now += PATIENCE_SECONDS * 0.2
    assert turn.has_come(9)
    clock.now += IMPATIENT_SECONDS * 0.9
    assert turn.has_come(9)
    clock.now += IMPATIENT_SECONDS * 0.2
    assert not turn.has_come(9)


def test_patience_begins_anew_with_each_wait(counts, clock):
    turn = Turn(counts, clock)
    counts.note(0, 0)
    assert not turn.has_come(9)
    counts.note(0, 9)
    assert turn.has_come(9)
    counts.note(0, 0)
    clock.now += PATIENCE_SECONDS * 2
    assert not turn.has_come(9)


def test_a_worker_with_a_number_beyond_the_last_takes_no_part(counts):
    counts.note(WORKERS, 3)
    counts.leave(WORKERS + 1)
    assert counts.fewest() is None


@pytest.mark.server
def test_processes_share_the_counts(counts):
    child = os.fork()
    if not child:
        counts.note(7, 42)
        os._exit(0)
    os.waitpid(child, 0)
    assert counts.fewest() == 42
    assert balance.ABSENT < 0
