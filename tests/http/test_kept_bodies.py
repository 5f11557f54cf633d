"""Bodies are kept for those who ask again, until what they show has changed; what is kept is bounded."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.http.kept_bodies import KeptBodies


class Kitchen:
    """Makes bodies and counts them."""

    def __init__(self, kept):
        self.kept = kept
        self.made = []

    def order(self, key, tag="1", body=b"body"):
        """The body, made if it has to be."""
        return self.kept.get(key, tag, lambda: self.made.append((key, tag)) or body)


@pytest.fixture
def kitchen():
    """One with room for three bodies of 12 bytes together."""
    return Kitchen(KeptBodies(3, 12))


def test_a_body_is_made_once_for_each_tag(kitchen):
    assert [kitchen.order("a", tag, tag.encode()) for tag in "1121"] == [b"1", b"1", b"2", b"1"]
    assert kitchen.made == [("a", "1"), ("a", "2"), ("a", "1")]


def test_a_tag_of_another_key_is_another_body(kitchen):
    assert (kitchen.order("a", body=b"a"), kitchen.order("b", body=b"b")) == (b"a", b"b")


def test_what_was_used_last_stays(kitchen):
    for key in "abcabd":
        kitchen.order(key, body=b"x")
    kitchen.made.clear()
    for key in "abdc":
        kitchen.order(key, body=b"x")
    assert kitchen.made == [("c", "1")]


def test_so_many_bytes_are_kept_and_what_is_replaced_counts_no_more(kitchen):
    for tag in "12345":
        kitchen.order("a", tag, b"eight by")
    kitchen.order("b", body=b"four")
    assert len(kitchen.kept._kept) == 2 and kitchen.kept._bytes == 12
    kitchen.order("c", body=b"one more")
    assert list(kitchen.kept._kept) == ["b", "c"] and kitchen.kept._bytes == 12


def test_what_is_larger_than_all_room_is_answered_and_not_kept(kitchen):
    assert kitchen.order("a", body=b"x" * 13) == b"x" * 13
    assert (list(kitchen.kept._kept), kitchen.kept._bytes) == ([], 0)


def test_a_failure_is_heard_and_nothing_is_kept(kitchen):
    with pytest.raises(ZeroDivisionError):
        kitchen.kept.get("a", "1", lambda: 1 / 0)
    assert kitchen.order("a") == b"body" and kitchen.made == [("a", "1")]


def test_threads_leave_the_count_of_bytes_right():
    kitchen = Kitchen(KeptBodies(5, 40))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kitchen.order(number % 9, str(number % 4), b"x" * (number % 7)), range(4000)))
    kept = kitchen.kept
    assert kept._bytes == sum(len(body) for _, body in kept._kept.values()) <= 40
    assert len(kept._kept) <= 5
