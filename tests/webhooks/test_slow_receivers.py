"""Receivers that hang, with real threads: they delay nobody but each other, and hold one thread each at most."""

import threading

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.webhooks import rules
from booking_api.webhooks.kinds import RECEIVERS

from ..builders import book, make_event
from ..fakes import answered
from ..pids import CALM_SECONDS, eventually
from .driving import URL, make_webhook, stored

HANGING = "https://hanging.example.com/"


class Hanging:
    """Receivers at `HANGING` hang until they are let go, and then have timed out; all others answer at once."""

    def __init__(self):
        self.let_go, self.at_once, self.most_at_once = threading.Event(), 0, 0
        self._mutex = threading.Lock()

    def __call__(self, url, _headers, _body):
        """answered a post."""
        if not url.startswith(HANGING):
            return answered()
        with self._mutex:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.let_go.wait(CALM_SECONDS * 2)
        with self._mutex:
            self.at_once -= 1
        return answered(None, error="no answer", timed_out=True, duration_ms=15_000)


@pytest.fixture
def hanging(real_app, receiving):
    """The receivers, with the jobs of the service running."""
    receiving.answers = made = Hanging()
    services_of(real_app)[JobRunner].start()
    yield made
    made.let_go.set()
    services_of(real_app)[JobRunner].stop()


def posted_to(receiving, url):
    """How much was posted to a URL."""
    return sum(posted == url for posted, _, _ in receiving.posts)


def test_a_receiver_that_hangs_delays_neither_another_nor_a_mail(as_real_role, receiving, hanging, outgoing):
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    make_webhook(organizer, url=HANGING)
    make_webhook(organizer)
    event = make_event(organizer)
    eventually(lambda: hanging.at_once == 1, "it hangs")
    for _ in range(3):
        book(customer, event)
    eventually(lambda: posted_to(receiving, URL) == 4, "the other was told everything")
    eventually(lambda: len(outgoing.messages) == 3, "the mails went out")
    assert hanging.at_once == 1 and posted_to(receiving, HANGING) == 1


def test_a_receiver_that_hangs_holds_one_thread_whatever_it_is_owed(
    real_app, as_real_role, receiving, hanging, monkeypatch
):
    monkeypatch.setattr(rules, "FIRST_PAUSE_SECONDS", rules.LONGEST_PAUSE_SECONDS)
    organizer = as_real_role("organizer")
    webhook = make_webhook(organizer, url=HANGING)
    make_webhook(organizer)
    for number in range(12):
        make_event(organizer)
        eventually(lambda done=number + 1: posted_to(receiving, URL) == done, "the other is told")
    assert hanging.most_at_once == 1
    hanging.let_go.set()
    eventually(lambda: stored(real_app, webhook)["paused_until"] is not None, "it pauses")
    assert posted_to(receiving, HANGING) == 1


def test_once_they_are_known_to_be_slow_any_number_of_receivers_may_hang(real_app, as_real_role, receiving, hanging):
    organizer = as_real_role("organizer")
    slow = [make_webhook(organizer, url=f"{HANGING}{number}") for number in range(RECEIVERS.threads)]
    hanging.let_go.set()
    make_event(organizer)
    eventually(lambda: all(stored(real_app, each)["slow_until"] for each in slow), "all of them are slow")
    hanging.let_go.clear()
    for each in slow:
        organizer.post(f"/webhooks/{each['id']}/deliveries/{first_delivery(organizer, each)}/replay")
    eventually(lambda: hanging.at_once > 1, "they hang again")
    make_webhook(organizer)
    make_event(organizer)
    eventually(lambda: posted_to(receiving, URL) == 1, "the fast one is told")
    assert hanging.at_once < RECEIVERS.threads


def first_delivery(organizer, webhook):
    """The only delivery of a webhook."""
    return organizer.get(f"/webhooks/{webhook['id']}/deliveries").json["items"][0]["id"]
