"""One run of deliveries at a time for each webhook: what happens to it meanwhile, and how it ends."""

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.webhooks.agenda import ROOM_AFTER
from booking_api.webhooks.kinds import CATCH_UP, DELIVER
from booking_api.webhooks.store import LEASE

from ..builders import make_event
from ..fakes import answered
from .driving import deliver_only, deliveries, stored


@pytest.fixture
def rows(app):
    """The rows of the outbox."""
    return services_of(app)[Outbox].collection


def once(act):
    """A receiver that takes everything; during the first post something happens."""
    left = [act]

    def answers(*_post):
        if left:
            left.pop()()
        return answered()

    return answers


def test_nobody_else_delivers_while_somebody_does(app, organizer, webhook, work, receiving, rows, clock):
    seen = []

    def run_again():
        rows.update_one({"kind": DELIVER}, {"$set": {"due_at": clock(), "token": None}})
        deliver_only(app)
        seen.append((len(receiving.posts), rows.find_one({"kind": DELIVER})["due_at"]))

    receiving.answers = once(run_again)
    for _ in range(2):
        make_event(organizer)
    work()
    assert seen == [(1, clock() + LEASE)]  # scheduled in case that the first one dies
    assert [row["attempt_count"] for row in deliveries(app, webhook)] == [1, 1]
    assert stored(app, webhook)["lease_until"] is None


def test_who_died_is_succeeded_when_the_lease_is_over(app, organizer, webhook, work, receiving, clock):
    def die():
        raise SystemExit

    receiving.answers = once(die)
    make_event(organizer)
    with pytest.raises(SystemExit):
        work()
    services_of(app)[Outbox].collection.update_many({"kind": DELIVER}, {"$set": {"token": None}})
    clock.advance(seconds=LEASE.total_seconds() + 1)
    work()
    assert [row["status"] for row in deliveries(app, webhook)] == ["delivered"]


def test_what_is_added_during_a_run_follows_at_once(app, organizer, webhook, work, receiving):
    receiving.answers = once(lambda: make_event(organizer))
    make_event(organizer)
    work()
    assert [row["status"] for row in deliveries(app, webhook)] == ["delivered"] * 2


def test_a_replay_during_an_attempt_is_not_taken_for_done(app, organizer, webhook, work, receiving, clock):
    def replay():
        clock.advance(milliseconds=5)
        (delivery,) = organizer.get(f"/webhooks/{webhook['id']}/deliveries").json["items"]
        organizer.post(f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/replay")

    receiving.answers = once(replay)
    make_event(organizer)
    work()
    assert len(receiving.posts) == 2
    (delivery,) = deliveries(app, webhook)
    assert (delivery["status"], delivery["attempt_count"]) == ("delivered", 2)


def test_a_run_ends_when_its_process_is_stopping_and_another_goes_on(app, organizer, webhook, work, receiving, rows):
    receiving.answers = once(services_of(app)[JobRunner].stop)
    for _ in range(3):
        make_event(organizer)
    work_off_feeds(app, rows)
    deliver_only(app)
    assert len(receiving.posts) == 1
    assert stored(app, webhook)["lease_until"] is None  # so that nobody has to wait for it
    assert rows.find_one({"kind": DELIVER})["state"] == "pending"


def work_off_feeds(app, rows):
    """Run the jobs that follow feeds."""
    services_of(app)[JobRunner].run([row["_id"] for row in rows.find({"kind": "webhooks.follow"})])


def test_a_full_webhook_is_looked_at_in_time_however_often_it_has_no_room(
    app, organizer, webhook, work, receiving, rows, clock, monkeypatch
):
    monkeypatch.setattr("booking_api.webhooks.follower.MOST_PENDING", 1)
    receiving.answers = lambda *_post: answered(500)
    make_event(organizer)
    make_event(organizer)
    work()
    clock.advance(seconds=60)  # when it was to catch up after it was made
    work()
    due_at = rows.find_one({"kind": CATCH_UP})["due_at"]
    assert due_at == clock() + ROOM_AFTER
    for _ in range(3):
        clock.advance(seconds=30)
        make_event(organizer)
        work()
    assert rows.find_one({"kind": CATCH_UP})["due_at"] == due_at
