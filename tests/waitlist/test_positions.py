"""Positions are looked up in numbers that are kept for a few seconds, of bounded size."""

import pytest

from booking_api.waitlist import positions
from booking_api.waitlist.positions import Positions


class Numbers:
    """Lists in which three wait; it counts how often they are read."""

    def __init__(self):
        self.read = 0

    def numbers(self, _event_id):
        """The numbers of the entries."""
        self.read += 1
        return iter((2, 5, 9))


@pytest.fixture
def entries():
    """Some lists."""
    return Numbers()


def test_a_position_counts_who_waits_before(entries):
    looked = Positions(entries)
    assert [looked.of("event", number) for number in (2, 5, 9)] == [1, 2, 3]
    assert entries.read == 1


def test_who_waits_in_many_lists_does_not_have_them_read_again_and_again(entries):
    looked = Positions(entries)
    for event_id in [*range(100)] * 2:
        looked.of(event_id, 5)
    assert entries.read == 100


@pytest.mark.parametrize(("bound", "most"), [("MOST_LISTS", 10), ("MOST_NUMBERS", 30)])
def test_lists_are_forgotten_that_were_read_first(entries, monkeypatch, bound, most):
    monkeypatch.setattr(positions, bound, most)
    looked = Positions(entries)
    for event_id in range(11):
        looked.of(event_id, 5)
    looked.of(10, 5)
    assert entries.read == 11
    looked.of(0, 5)
    assert entries.read == 12


def test_a_list_that_is_longer_than_all_may_be_is_kept_alone(entries, monkeypatch):
    monkeypatch.setattr(positions, "MOST_NUMBERS", 1)
    looked = Positions(entries)
    assert [looked.of("event", 5), looked.of("event", 9)] == [2, 3]
    assert entries.read == 1
