"""Whom somebody follows, as a process knows it: quick, never older than promised, and never in the way of a sale."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from booking_api.webhooks import following
from booking_api.webhooks.following import FRESH_SECONDS, STALE_SECONDS, Following

from ..pids import CALM_SECONDS

OLGA, OTTO = ObjectId(), ObjectId()


class Asked:
    """What MongoDB knows, how often it was asked, and the time."""

    def __init__(self):
        self.followed, self.times, self.now, self.error = frozenset([OLGA]), 0, 1000.0, None

    def __call__(self, most):
        """Answer, or fail."""
        self.times += 1
        if self.error:
            raise self.error
        return frozenset(sorted(self.followed)[:most])


@pytest.fixture
def asked():
    """The database."""
    return Asked()


@pytest.fixture
def known(asked):
    """What the process knows."""
    return Following(asked, lambda: asked.now)


def test_only_who_has_a_webhook_is_followed(known):
    assert known.is_followed(OLGA) and not known.is_followed(OTTO)


def test_mongodb_is_asked_every_five_seconds_however_many_ask(known, asked):
    for _ in range(100):
        known.is_followed(OTTO)
    assert asked.times == 1
    asked.followed = frozenset([OTTO])
    asked.now += FRESH_SECONDS
    assert not known.is_followed(OTTO)
    asked.now += 0.1
    assert known.is_followed(OTTO) and not known.is_followed(OLGA)
    assert asked.times == 2


def test_who_has_just_made_a_webhook_is_followed_in_this_process_at_once(known, asked):
    known.is_followed(OTTO)
    asked.followed = frozenset([OTTO])
    known.ask_again()
    assert known.is_followed(OTTO)


def test_without_mongodb_the_old_holds_for_a_while_and_then_all_are_followed(known, asked):
    known.is_followed(OTTO)
    asked.error = AutoReconnect("gone")
    asked.now += STALE_SECONDS - 0.1
    assert not known.is_followed(OTTO) and known.is_followed(OLGA)
    asked.now += 0.2
    assert known.is_followed(OTTO)
    assert asked.times == 2  # a sale does not wait for it each time
    asked.error = None
    asked.now += FRESH_SECONDS
    assert not known.is_followed(OTTO)


def test_before_mongodb_has_answered_everybody_is_followed(asked):
    asked.error = AutoReconnect("gone")
    assert Following(asked, lambda: asked.now).is_followed(OTTO)


def test_with_more_followed_organizers_than_are_remembered_everybody_is(known, asked, monkeypatch):
    monkeypatch.setattr(following, "MOST_KNOWN", 2)
    asked.followed = frozenset(ObjectId() for _ in range(3))
    assert known.is_followed(OTTO)


def test_while_one_thread_asks_the_others_answer_from_what_is_known(asked):
    begun, let_go = threading.Event(), threading.Event()

    def slowly(most):
        if asked.times:
            begun.set()
            let_go.wait(CALM_SECONDS)
        return asked(most)

    known = Following(slowly, lambda: asked.now)
    known.is_followed(OTTO)
    asked.now += FRESH_SECONDS + 1
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(known.is_followed, OTTO)
        assert begun.wait(CALM_SECONDS)
        assert not known.is_followed(OTTO) and known.is_followed(OLGA)
        let_go.set()
        assert not asking.result()
    assert asked.times == 2
