"""How many connections may keep the service waiting, and which must go for a newer one."""

from types import SimpleNamespace

import pytest

from booking_api.server.waiting import Arriving, Waiting


class Sender:
    """A connection whose request is arriving."""

    def __init__(self, address="192.0.2.1"):
        self.client = (address, 1234)
        self.parser = SimpleNamespace(size=0)
        self.waiting = self.timeout = None
        self.counted = 0


def arriving(addresses, **limits):
    """A queue of senders with these addresses."""
    queue = Arriving(**({"seconds": 10, "most_bytes": 1_000, "most_of_a_client": 2} | limits))
    senders = [Sender(address) for address in addresses]
    for sender in senders:
        queue.add(sender)
    return queue, senders


def grow(queue, sender, size):
    """Let so many bytes of it have arrived; which sender must go."""
    sender.parser.size = size
    return queue.grow(sender)


def test_the_oldest_goes_when_the_bytes_of_all_are_too_many():
    queue, senders = arriving(["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    assert [grow(queue, sender, 300) for sender in senders] == [None] * 3
    assert grow(queue, senders[2], 400) is None
    assert grow(queue, senders[1], 301) is senders[0]
    queue.remove(senders[0])
    assert grow(queue, senders[1], 600) is None
    assert grow(queue, senders[1], 601) is senders[1]


@pytest.mark.parametrize(
    "addresses", [["192.0.2.1"] * 3, ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], ["2001:db8::1", "2001:db8::2"] * 2]
)
def test_the_oldest_of_a_client_goes_when_it_has_too_many(addresses):
    queue, senders = arriving(["192.0.2.9", *addresses], most_of_a_client=len(addresses) - 1)
    assert grow(queue, senders[-1], 1) is senders[1]
    queue.remove(senders[1])
    assert grow(queue, senders[-1], 1) is None


def test_behind_a_proxy_nobody_goes_for_their_number():
    queue, senders = arriving(["192.0.2.1"] * 50, most_of_a_client=None)
    assert [grow(queue, sender, 1) for sender in senders] == [None] * 50


def test_those_who_left_count_no_more():
    queue, senders = arriving(["192.0.2.1", "192.0.2.1"])
    for sender in senders:
        grow(queue, sender, 500)
        queue.remove(sender)
    assert len(queue) == 0
    newer = Sender()
    queue.add(newer)
    assert grow(queue, newer, 1_000) is None


def test_each_waits_for_the_seconds_of_its_queue_and_no_longer():
    queue, senders = Waiting(10), [Sender(), Sender()]
    for sender in senders:
        queue.add(sender)
    assert queue.oldest() is senders[0]
    assert queue.expired(senders[0].timeout - 1) == []
    assert queue.expired(senders[1].timeout) == senders
    queue.shorten(senders[0].timeout - 5)
    assert queue.expired(senders[0].timeout) == senders
