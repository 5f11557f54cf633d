"""What a worker does that has more connections than the others: its count, and theirs, are all it knows."""

import multiprocessing
import runpy
from types import SimpleNamespace

import pytest

from booking_api.server.spread import MOST_AHEAD, MOST_WORKERS, PATIENCE_SECONDS, ConnectionCounts, Share
from booking_api.server.worker import Worker

from ..processes import CHECKOUT


@pytest.fixture
def counts():
    """The counts of workers that were never started."""
    return ConnectionCounts()


def shares(counts, *connections):
    """The shares of workers that have so many connections; None if one accepts nothing."""
    made = [Share(counts, number) for number in range(len(connections))]
    for share, open_now in zip(made, connections, strict=True):
        share.note(open_now)
    return made


def test_a_worker_alone_accepts_everything(counts):
    (alone,) = shares(counts, 5_000)
    assert not alone.leaves_it(5_000, now=0)


def test_the_one_with_fewest_accepts_and_the_one_ahead_leaves_it_to_that_one(counts):
    ahead, behind = shares(counts, MOST_AHEAD + 1, 0)
    assert ahead.leaves_it(MOST_AHEAD + 1, now=0)
    assert not behind.leaves_it(0, now=0)


def test_of_few_connections_none_is_left_to_others(counts):
    ahead, _ = shares(counts, MOST_AHEAD, 0)
    assert not ahead.leaves_it(MOST_AHEAD, now=0)


def test_of_many_connections_an_eighth_more_is_no_lead(counts):
    ahead, _ = shares(counts, 440, 400)
    assert not ahead.leaves_it(450 + MOST_AHEAD, now=0)
    assert ahead.leaves_it(451 + MOST_AHEAD, now=0)


def test_thirty_two_connections_are_at_most_eighteen_and_fourteen(counts):
    pair, connections = shares(counts, 0, 0), [0, 0]
    for _ in range(32):
        # The first one is always faster, and takes whatever it does not leave.
        taker = 1 if pair[0].leaves_it(connections[0], now=0) else 0
        connections[taker] += 1
        pair[taker].note_accepted(connections[taker])
    assert sorted(connections) == [14, 18]


@pytest.mark.parametrize(
    ("connections", "moved"), [((32, 0), 16), ((20, 12), 4), ((19, 13), 0), ((5, 0), 0), ((9, 9), 0)]
)
def test_connections_move_to_a_worker_that_has_far_fewer(counts, connections, moved):
    ahead, behind = shares(counts, *connections)
    assert ahead.surplus(connections[0]) == moved
    assert behind.surplus(connections[1]) == 0


def test_connections_move_again_only_once_others_have_accepted_some(counts):
    ahead, frozen = shares(counts, 32, 0)
    assert ahead.surplus(32) == 16
    ahead.note_accepted(33)
    assert ahead.surplus(33) == 0
    frozen.note_accepted(1)
    assert ahead.surplus(33) == 16


def test_connections_do_not_move_to_a_worker_that_accepts_nothing(counts):
    ahead, _stopping = shares(counts, 32, None)
    assert ahead.surplus(32) == 0


def test_nobody_waits_for_a_worker_that_accepts_nothing(counts):
    ahead, _stopping = shares(counts, 100, None)
    assert not ahead.leaves_it(100, now=0)


def test_nobody_waits_for_a_worker_that_was_killed(counts):
    ahead, _killed = shares(counts, 100, 0)
    assert ahead.leaves_it(100, now=0)
    counts.forget(1)
    assert not ahead.leaves_it(100, now=0)


def test_a_frozen_worker_is_waited_for_once_until_it_accepts_again(counts):
    ahead, frozen = shares(counts, 100, 0)
    assert ahead.leaves_it(100, now=50)
    assert ahead.leaves_it(100, now=50 + 0.9 * PATIENCE_SECONDS)
    assert not ahead.leaves_it(100, now=50 + PATIENCE_SECONDS)
    assert not ahead.leaves_it(101, now=51)
    frozen.note_accepted(1)
    assert ahead.leaves_it(102, now=52)


def test_who_waits_for_a_frozen_worker_still_leaves_connections_to_the_others(counts):
    ahead, _frozen, behind = shares(counts, 100, 0, 10)
    assert ahead.leaves_it(100, now=0)
    behind.note_accepted(11)
    assert ahead.leaves_it(100, now=PATIENCE_SECONDS)


def test_a_worker_that_has_caught_up_is_waited_for_again(counts):
    ahead, other = shares(counts, 100, 0)
    assert ahead.leaves_it(100, now=0)
    other.note(100)
    assert not ahead.leaves_it(100, now=1)
    other.note(0)
    assert ahead.leaves_it(100, now=2)


def test_gunicorn_counts_a_worker_no_more_that_has_ended(counts, monkeypatch, var_dir):
    monkeypatch.setenv("VAR_DIR", str(var_dir))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(var_dir))
    monkeypatch.setattr(Worker, "counts", counts)
    hooks = runpy.run_path(str(CHECKOUT / "gunicorn.conf.py"))
    shares(counts, 10, 20, 30)
    hooks["child_exit"](None, SimpleNamespace(pid=1, number=1))
    assert counts.open.tolist()[:4] == [11, 0, 31, 0]
    successor = SimpleNamespace(number=None)
    hooks["pre_fork"](SimpleNamespace(WORKERS={1: SimpleNamespace(number=1)}), successor)
    assert (successor.number, counts.open[0]) == (0, 0)


@pytest.mark.server
def test_all_processes_see_the_same_counts(counts):
    ahead, _ = shares(counts, 100, None)
    process = multiprocessing.get_context("fork").Process(target=shares, args=(counts, 100, 0))
    process.start()
    process.join()
    assert ahead.leaves_it(100, now=0)


def test_a_worker_beyond_the_highest_number_accepts_everything(counts):
    shares(counts, 0)
    beyond = Share(counts, MOST_WORKERS)
    beyond.note_accepted(100)
    beyond.note(100)
    assert not beyond.leaves_it(100, now=0)
    counts.forget(MOST_WORKERS)
