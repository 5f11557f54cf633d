"""Turns among processes: one at a time, freed by death, waited for only so long, and fair between two."""

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from booking_api.storage import advisory_locks
from booking_api.storage.advisory_locks import AdvisoryLocks

from ..pids import CALM_SECONDS, eventually

FORK = multiprocessing.get_context("fork")
SECONDS = CALM_SECONDS  # to wait for others, or for a turn that is to be free at once


@contextmanager
def process(work, *arguments):
    """A forked process that does `work`; it is ended with the block."""
    child = FORK.Process(target=work, args=arguments, daemon=True)
    child.start()
    try:
        yield child
    finally:
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join(SECONDS)


def hold_until(folder, held, done):
    """Have the turn until told otherwise."""
    with AdvisoryLocks(folder).hold("event"):
        held.set()
        done.wait(SECONDS)


def count(folder, ready, path, times):
    """Add one so often, in a way that loses some if two do it at once."""
    own = AdvisoryLocks(folder)
    ready.wait(SECONDS)
    for _ in range(times):
        with own.hold("event"):
            number = int(path.read_text())
            os.sched_yield()
            path.write_text(str(number + 1))


def somebody_waits(folder):
    """Whether the gate of the only lock is held, which is so while somebody waits for the turn."""
    (gate,) = folder.glob("*.g")
    with gate.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def log_turns(folder, ready, path, name, times, others):
    """Take turns, note whose each was, and give each back once somebody waits for it, if there is anybody else."""
    own = AdvisoryLocks(folder)
    ready.wait(SECONDS)
    for _ in range(times):
        with own.hold("event"), path.open("a") as log:
            log.write(name)
            log.flush()
            eventually(lambda: not others.value or somebody_waits(folder), "the other one waits", pause=0.001)
    others.value = 0


def open_files(folder):
    """How many files in a folder this process has open."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # another thread's, which has closed it
            count += descriptor.readlink().is_relative_to(folder)
    return count


def took(folder_or_turns):
    """How long it takes to have the turn."""
    own = folder_or_turns if isinstance(folder_or_turns, AdvisoryLocks) else AdvisoryLocks(folder_or_turns)
    began = time.monotonic()
    with own.hold("event"):
        return time.monotonic() - began


@pytest.mark.server
def test_one_process_at_a_time_has_the_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    counter, ready = tmp_path / "counter", FORK.Barrier(3)
    counter.write_text("0")
    folder = tmp_path / "turns"
    with (
        process(count, folder, ready, counter, 200) as one,
        process(count, folder, ready, counter, 200) as two,
        process(count, folder, ready, counter, 200) as three,
    ):
        for child in (one, two, three):
            child.join(SECONDS)
    assert counter.read_text() == "600"


def test_threads_of_one_process_take_turns_too(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    own, inside, most = AdvisoryLocks(tmp_path), [], []

    def work():
        for _ in range(20):
            with own.hold("event"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert (len(most), max(most)) == (80, 1)


@pytest.mark.server
def test_the_turn_of_a_dead_process_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    held, done = FORK.Event(), FORK.Event()
    with process(hold_until, tmp_path, held, done) as child:
        assert held.wait(SECONDS)
        os.kill(child.pid, signal.SIGKILL)
        child.join(SECONDS)
        assert took(tmp_path) < SECONDS


@pytest.mark.server
def test_a_frozen_process_delays_once_and_is_then_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(advisory_locks, "IMPATIENT_SECONDS", 600)
    held, done = FORK.Event(), FORK.Event()
    with process(hold_until, tmp_path, held, done) as child:
        assert held.wait(SECONDS)
        os.kill(child.pid, signal.SIGSTOP)
        own = AdvisoryLocks(tmp_path)
        assert 0.3 <= took(own) < SECONDS / 2
        monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
        assert took(own) < SECONDS  # impatient
        os.kill(child.pid, signal.SIGKILL)


@pytest.mark.server
def test_impatience_ends_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(advisory_locks, "IMPATIENT_SECONDS", 0.2)
    held, done = FORK.Event(), FORK.Event()
    with process(hold_until, tmp_path, held, done):
        assert held.wait(SECONDS)
        own = AdvisoryLocks(tmp_path)
        assert took(own) >= 0.1
        eventually(lambda: took(own) >= 0.1, "it waits again")
        done.set()


@pytest.mark.server
def test_who_waits_for_the_gate_waits_no_longer_than_who_waits_for_the_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", 0.3)
    held, done = FORK.Event(), FORK.Event()
    with process(hold_until, tmp_path, held, done):
        assert held.wait(SECONDS)
        waits = []
        threads = [threading.Thread(target=lambda: waits.append(took(tmp_path))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert len(waits) == 4
        assert max(waits) < SECONDS / 2
        done.set()


@pytest.mark.server
def test_two_processes_that_always_want_the_turn_alternate(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    log, ready, others = tmp_path / "log", FORK.Barrier(2), FORK.Value("i", 1)
    with (
        process(log_turns, tmp_path / "turns", ready, log, "a", 60, others) as one,
        process(log_turns, tmp_path / "turns", ready, log, "b", 60, others) as two,
    ):
        for child in (one, two):
            child.join(SECONDS)
    order = log.read_text()
    assert (order.count("a"), order.count("b")) == (60, 60)
    both = order[: min(order.rindex("a"), order.rindex("b"))]  # the last turns belong to whoever is left
    changes = sum(before != after for before, after in pairwise(both))
    assert changes > len(both) * 0.7


def test_other_documents_are_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    own = AdvisoryLocks(tmp_path)
    with own.hold("event"):
        began = time.monotonic()
        with own.hold("another event"):
            assert time.monotonic() - began < SECONDS


def test_where_there_can_be_no_folder_the_work_is_done_without_turns(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(advisory_locks, "IMPATIENT_SECONDS", 600)
    (tmp_path / "file").touch()
    own = AdvisoryLocks(tmp_path / "file" / "turns")
    done = []
    for _ in range(2):
        with own.hold("event"):
            done.append(1)
    assert done == [1, 1]
    assert [record.name for record in caplog.records].count(advisory_locks.__name__) == 1  # the second was not tried


def test_without_a_file_for_the_turn_the_work_is_done_and_no_file_stays_open(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "IMPATIENT_SECONDS", 0)
    own, done = AdvisoryLocks(tmp_path), []
    with own.hold("event"):
        before = open_files(tmp_path)
    (turn,) = tmp_path.glob("*.t")
    turn.unlink()
    turn.mkdir()
    for _ in range(5):
        with own.hold("event"):
            done.append(open_files(tmp_path))
    assert max(done) <= before
    assert len(done) == 5
    assert open_files(tmp_path) < before


def test_a_turn_ends_with_the_block_also_by_an_exception(tmp_path, monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    own = AdvisoryLocks(tmp_path)
    before = open_files(tmp_path)
    for _ in range(5):
        with pytest.raises(KeyError), own.hold("event"):
            raise KeyError
        assert took(own) < SECONDS
    assert open_files(tmp_path) == before
