"""What a process remembers of callers' keys: little, and it asks the database seldom."""

from datetime import timedelta

import pytest

from booking_api.storage import key_counts
from booking_api.storage.key_counts import STEP_BYTES, STEP_KEYS, Kept, KeyCounts

from ..fakes import Clock


class Database:
    """What callers have kept, as the database would say; and how often it was asked."""

    def __init__(self, clock):
        self.asked = 0
        self.kept = Kept(0, 0, clock())

    def find(self, _caller, _most):
        """What somebody has kept."""
        self.asked += 1
        return self.kept


@pytest.fixture
def counted(clock):
    """The counts over a database that tests set."""
    database = Database(clock)
    return KeyCounts(database.find, clock), database


def test_the_database_is_asked_once_for_each_step(counted):
    counts, database = counted
    for _ in range(3 * STEP_KEYS):
        assert counts.seconds_until_room("ada") == 0
        counts.add("ada", keys=1)
    assert database.asked == 2
    counts.add("ada", size=STEP_BYTES)
    counts.seconds_until_room("ada")
    assert database.asked == 3


@pytest.mark.parametrize(("keys", "size"), [(key_counts.MOST_KEYS, 0), (1, key_counts.MOST_BYTES)])
def test_who_has_no_room_is_asked_about_once_a_minute(counted, clock, keys, size):
    counts, database = counted
    database.kept = Kept(keys, size, clock() + timedelta(hours=1))
    counts.add("ada", keys=STEP_KEYS)
    assert [counts.seconds_until_room("ada") for _ in range(10)] == [3601] * 10
    assert database.asked == 1
    assert counts.seconds_until_room("bob") == 0
    clock.advance(seconds=61)
    database.kept = Kept(0, 0, clock())
    assert counts.seconds_until_room("ada") == 0
    assert database.asked == 2


def test_a_process_remembers_so_many_callers_and_no_more(monkeypatch):
    monkeypatch.setattr(key_counts, "MOST_CALLERS", 10)
    counts = KeyCounts(lambda *_: None, Clock())
    for turn in range(1000):
        for caller in range(turn % 50):
            counts.add(f"caller {caller}", keys=1)
            assert len(counts._counts) + len(counts._earlier) <= 10


def test_who_comes_often_is_remembered_among_many_others(counted, monkeypatch):
    monkeypatch.setattr(key_counts, "MOST_CALLERS", 10)
    counts, database = counted
    for turn in range(STEP_KEYS):
        counts.add("ada", keys=1)
        counts.add(f"caller {turn}", keys=1)
    counts.seconds_until_room("ada")
    assert database.asked == 1
