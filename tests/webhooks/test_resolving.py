"""Lookups that hang: each is given up in time, and they cannot use up the threads of the process."""

import threading
import time

import pytest

from booking_api.webhooks.resolving import LimitedResolver, resolve, system_addresses

from ..pids import eventually

SHORT = 0.2


@pytest.fixture
def answered():
    """Lets all lookups go on, at the latest when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_this_machine_has_an_address():
    assert "127.0.0.1" in resolve("localhost", 443)
    assert resolve("127.0.0.1", 443) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 300, "a..b", "\ud800"])
def test_a_host_without_addresses_is_an_error_of_the_system(host):
    with pytest.raises(OSError):
        system_addresses(host, 443)


def test_a_lookup_that_hangs_is_given_up(answered):
    asked = LimitedResolver(lambda *_: answered.wait(60) and ["192.0.2.1"], most=2, seconds=SHORT)
    with pytest.raises(TimeoutError):
        asked("a.example.com", 443)


def test_while_all_lookups_hang_others_are_refused_without_a_wait(answered):
    begun = []
    hanging = LimitedResolver(
        lambda host, _: begun.append(host) or (answered.wait(60) and [host]), most=2, seconds=SHORT
    )
    for host in ("a", "b"):
        with pytest.raises(TimeoutError):
            hanging(host, 443)
    hanging._seconds = 60  # a wait would be a long one
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="Too many"):
        hanging("c", 443)
    assert time.monotonic() - started < 20
    eventually(lambda: sorted(begun) == ["a", "b"], "both lookups have begun, and no other")
    answered.set()
    eventually(lambda: not hanging._given_up, "the lookups have ended")
    assert hanging("d", 443) == ["d"]


def test_a_lookup_waits_for_its_turn(answered):
    busy = threading.Event()

    def look_up(host, _port):
        if host == "slow":
            busy.set()
            answered.wait(60)
        return [host]

    limited = LimitedResolver(look_up, most=1, seconds=20)
    slow = threading.Thread(target=limited, args=("slow", 443))
    slow.start()
    busy.wait(20)
    threading.Timer(SHORT, answered.set).start()
    assert limited("quick", 443) == ["quick"]
    slow.join()


def test_an_error_of_a_lookup_is_raised_where_it_was_asked_for():
    def fail(_host, _port):
        raise TimeoutError("the system's own")

    failing = LimitedResolver(fail, most=1, seconds=20)
    for _ in range(3):  # each has its turn, so none is taken for one that hangs
        with pytest.raises(TimeoutError, match="own"):
            failing("a", 443)
    assert failing._given_up == set()


def test_lookups_keep_no_process_from_ending(answered):
    before = set(threading.enumerate())
    asked = LimitedResolver(lambda *_: answered.wait(60) and [], most=1, seconds=SHORT)
    with pytest.raises(TimeoutError):
        asked("a", 443)
    new = set(threading.enumerate()) - before
    assert [thread.daemon for thread in new if thread.name == "lookup"] == [True]
