"""Group commit with many threads at once: each request is run once, or is turned away and not run at all."""

import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.storage import group_commit
from booking_api.storage.group_commit import GroupCommit, TooBusy

from ..pids import CALM_SECONDS

THREADS, EACH = 64, 40


class Lost(Exception):
    """What a batch of the stress test fails with."""


@pytest.fixture
def restless():
    """Threads that change places often, so that rare orders of events are met."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def hammer(queue, wait):
    """Submit from all threads at once; what each request heard."""
    begin = threading.Barrier(THREADS)
    heard = {}

    def submit_some(thread):
        dice = random.Random(thread)
        begin.wait(CALM_SECONDS)
        for number in range(EACH):
            request = (thread, number)
            try:
                heard[request] = queue.submit(dice.randrange(3), request, wait(dice))
            except (TooBusy, Lost) as error:
                heard[request] = error

    with ThreadPoolExecutor(THREADS) as pool:
        for ended in [pool.submit(submit_some, thread) for thread in range(THREADS)]:
            ended.result(60)
    return heard


def test_every_request_is_run_once_in_the_order_of_its_thread(restless):
    ran = []

    def run(_key, take):
        batch = list(take())
        ran.extend(batch)
        return batch

    queue = GroupCommit(run)
    heard = hammer(queue, lambda dice: 30)
    assert heard == {request: request for request in heard}
    assert len(ran) == len(set(ran)) == len(heard) == THREADS * EACH
    for thread in range(THREADS):
        assert [number for of, number in ran if of == thread] == list(range(EACH))
    assert queue.busy_keys() == set()


def test_a_request_that_was_turned_away_was_not_run_and_any_other_was_run_once(restless, monkeypatch):
    monkeypatch.setattr(group_commit, "LARGEST_BATCH", 5)
    monkeypatch.setattr(group_commit, "LONGEST_QUEUE", 15)
    ran, mutex, dice = Counter(), threading.Lock(), random.Random(7)

    def run(_key, take):
        batch = list(take())
        with mutex:
            ran.update(batch)
            fails = dice.random() < 0.2
        time.sleep(0.0005)
        if fails:
            raise Lost
        return batch

    queue = GroupCommit(run)
    heard = hammer(queue, lambda dice: dice.choice([0.0005, 0.002, 0.01, 30]))
    assert set(ran.values()) == {1}
    assert len(heard) == THREADS * EACH
    for request, outcome in heard.items():
        if isinstance(outcome, TooBusy):
            assert request not in ran
        else:
            assert request in ran
            assert isinstance(outcome, Lost) or outcome == request
    assert {type(outcome) for outcome in heard.values()} == {TooBusy, Lost, tuple}
    assert queue.busy_keys() == set()


def test_nobody_waits_longer_than_those_who_came_later(restless):
    """Fairness: between a request's arrival and its end at most the requests that were there before are run."""
    ran, arrived, overtaken = [], {}, []
    mutex = threading.Lock()

    class Watched(GroupCommit):
        """Notes how many had been run when a request had come; before that its thread may be suspended for long."""

        def _take_seat(self, key, request):
            seat = super()._take_seat(key, request)
            arrived[request] = len(ran)
            return seat

    def run(_key, take):
        batch = list(take())
        ran.extend(batch)
        time.sleep(0.0002)
        return batch

    queue = Watched(run)
    begin = threading.Barrier(THREADS)

    def submit_some(thread):
        begin.wait(CALM_SECONDS)
        for number in range(EACH):
            queue.submit("event", (thread, number), 30)
            with mutex:
                overtaken.append(ran.index((thread, number)) - arrived[thread, number])

    with ThreadPoolExecutor(THREADS) as pool:
        for ended in [pool.submit(submit_some, thread) for thread in range(THREADS)]:
            ended.result(60)
    assert len(ran) == THREADS * EACH
    assert max(overtaken) <= THREADS  # each thread has one request at a time
