"""Reads that ride together show each reader the newest state, and one's failure is heard by those who shared it."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from pymongo.errors import NetworkTimeout

from booking_api.storage.coalesced_reads import CoalescedReads
from booking_api.storage.deadline import deadline, seconds_left
from booking_api.storage.group_commit import GroupCommit, TooBusy

from ..pids import CALM_SECONDS, eventually

SECONDS = CALM_SECONDS


class Shelf:
    """Documents, read one batch at a time when a test lets it."""

    def __init__(self):
        self.documents = {"a": {"version": 1}, "b": {"version": 1}}
        self.asked, self.limits = [], []
        self.may_read = threading.Semaphore(0)
        self.failure = None
        self.reads = CoalescedReads(self.find, SECONDS)

    def find(self, ids):
        """The documents, as they are when the read is let through."""
        self.asked.append(sorted(ids))
        self.limits.append(seconds_left())
        assert self.may_read.acquire(timeout=SECONDS)
        if self.failure:
            raise self.failure
        return {each: dict(self.documents[each]) for each in ids if each in self.documents}


@pytest.fixture
def shelf():
    """A shelf."""
    return Shelf()


def test_whoever_asks_during_a_read_shares_the_next_one_and_sees_earlier_writes(shelf):
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(shelf.reads.get, "a")
        eventually(lambda: len(shelf.asked) == 1, "the first read is on its way")
        shelf.documents["a"] = {"version": 2}
        later = [pool.submit(shelf.reads.get, document_id) for document_id in "aabc"]
        eventually(lambda: shelf.reads.waiting() == 4, "the others wait")
        shelf.may_read.release(2)
        assert first.result() == {"version": 2}  # it was read after the write, though asked for before
        assert [each.result() for each in later] == [{"version": 2}, {"version": 2}, {"version": 1}, None]
    assert shelf.asked == [["a"], ["a", "b", "c"]]


def test_a_failure_is_heard_by_all_who_shared_the_read_and_by_nobody_after(shelf):
    shelf.failure = NetworkTimeout("away")
    shelf.may_read.release(2)
    with pytest.raises(NetworkTimeout):
        shelf.reads.get("a")
    shelf.failure = None
    assert shelf.reads.get("a") == {"version": 1}


def test_a_read_for_others_has_its_own_time_limit(shelf):
    shelf.may_read.release()
    with deadline(10 * SECONDS):
        shelf.reads.get("a")
    assert SECONDS / 2 < shelf.limits[0] <= SECONDS


@pytest.mark.parametrize(
    ("left", "longest"), [(math.inf, SECONDS), (3 * SECONDS, SECONDS), (1.5 * SECONDS, SECONDS / 2)]
)
def test_who_waits_has_time_left_for_the_read(shelf, monkeypatch, left, longest):
    waits = []
    monkeypatch.setattr(GroupCommit, "submit", lambda _queue, _lane, _id, wait: waits.append(wait))
    with deadline(left) if left < math.inf else nullcontext():
        shelf.reads.get("a")
    assert longest / 2 < waits[0] <= longest


def test_who_has_no_time_left_for_a_read_does_not_begin_one(shelf):
    with pytest.raises(TooBusy), deadline(SECONDS / 2):
        shelf.reads.get("a")
    assert shelf.asked == []
