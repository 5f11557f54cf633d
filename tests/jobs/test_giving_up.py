"""When a job is given up, and that its `on_failed` is called, whichever process dies at that moment."""

import random
from contextlib import nullcontext

import pytest
from pymongo.errors import NetworkTimeout

from booking_api import create_app
from booking_api.bookings.service import BookingService
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import LEASE_SECONDS, MAX_ATTEMPTS, Outbox, PermanentFailure
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.booking_mails import CONFIRM
from booking_api.storage.client import UnitOfWork

from ..apps import SETTINGS, run_jobs
from ..builders import book, make_event, sign_up
from .running import FACT, KIND, CountingJobs

A_DAY = 24 * 3600
POISON = 3


class Kept:
    """An outbox with one job, and the state that this had at each call of `on_failed`."""

    def __init__(self, database, clock):
        self.clock = clock
        self.told = []
        self.outbox = Outbox(database["outbox"], clock)
        self.outbox.handle_batches(KIND, lambda jobs: nullcontext(print), queue=MAIL, fact=FACT, on_failed=self.hear)
        self.outbox.record(UnitOfWork(None), FACT, [{"number": 1}])
        self.job_id = self.row["_id"]
        self.then = lambda: None

    @property
    def row(self):
        """The job as it is now."""
        (row,) = self.outbox.collection.find()
        return row

    def hear(self, _job):
        """Note the call, then do what the test wants."""
        self.told.append(self.row["state"])
        self.then()

    def claim(self):
        """Claim the job; return it, or None if it is not available."""
        return next(iter(self.outbox.claim([self.job_id])), None)


@pytest.fixture
def kept(database, clock):
    """A job in an outbox of its own."""
    return Kept(database, clock)


def test_who_is_to_know_is_told_before_the_job_is_closed(kept):
    kept.outbox.fail(kept.claim(), "No answer.")
    assert kept.told == ["pending"]
    assert (kept.row["state"], kept.row["last_error"]) == ("failed", "No answer.")


def test_who_could_not_be_told_is_told_by_the_next_attempt(kept):
    def break_down():
        raise NetworkTimeout("primary steps down")

    kept.then = break_down
    with pytest.raises(NetworkTimeout):
        kept.outbox.fail(kept.claim(), "No answer.")
    kept.then = lambda: None
    kept.clock.advance(seconds=LEASE_SECONDS)
    assert kept.outbox.upcoming(1)[0] == [kept.job_id]
    kept.outbox.fail(kept.claim(), "No answer.")
    assert kept.told == ["pending", "pending"]
    assert kept.row["state"] == "failed"


@pytest.mark.parametrize("close", [lambda outbox, job: None, lambda outbox, job: outbox.complete([job])])
def test_a_job_that_another_worker_has_or_has_done_is_not_given_up(kept, close):
    late = kept.claim()
    kept.clock.advance(seconds=LEASE_SECONDS)
    close(kept.outbox, kept.claim())
    before = kept.row
    kept.outbox.fail(late, "No answer.")
    assert kept.told == []
    assert kept.row == before


def test_a_mail_server_may_be_away_for_a_day(kept, monkeypatch):
    longest = []
    monkeypatch.setattr("random.uniform", lambda least, most: longest.append(most) or most)
    while kept.row["state"] == "pending":
        kept.outbox.postpone(kept.claim(), "No answer.")
        kept.clock.now = kept.row["due_at"]
    luck = random.Random(1)
    outages = [sum(luck.random() * wait for wait in longest) for _ in range(10_000)]
    assert sum(outage > A_DAY for outage in outages) > 0.99 * len(outages)
    assert max(longest) == 3600


def test_a_job_that_raises_each_time_is_given_up_in_the_end_and_alone(database):
    counting = CountingJobs(database)

    def count(job):
        if job["payload"]["number"] == POISON:
            raise ZeroDivisionError("No answer.")
        counting.count(job)

    counting.outbox.handle(KIND, count, queue=MAIL)
    ids = counting.leave_due(10)
    runner = JobRunner(counting.outbox)
    for _ in range(MAX_ATTEMPTS):
        counting.outbox.collection.update_many({"state": "pending"}, {"$set": {"due_at": now()}})
        runner.run(ids)
    assert counting.states() == {"done": 9, "failed": 1}
    given_up = counting.outbox.collection.find_one({"state": "failed"})
    assert (given_up["payload"], given_up["attempts"]) == ({"number": POISON}, MAX_ATTEMPTS)
    assert counting.done == {number: 1 for number in range(10) if number != POISON}


def test_nobody_else_has_the_job_while_it_is_told(kept):
    def look_a_moment_later():
        kept.clock.advance(seconds=2)
        assert kept.claim() is None

    job = kept.claim()
    kept.clock.advance(seconds=LEASE_SECONDS - 1)
    kept.then = look_a_moment_later
    kept.outbox.fail(job, "No answer.")
    assert kept.row["state"] == "failed"


@pytest.fixture
def app(database, clock, outgoing):
    """An app whose time stands still."""
    return create_app(SETTINGS, database=database, sender=outgoing, clock=clock)


@pytest.fixture
def ada(app):
    """Somebody who books."""
    return sign_up(app, "customer")


@pytest.fixture
def booking(app, ada):
    """A booking whose confirmation is owed."""
    return book(ada, make_event(sign_up(app, "organizer")))


def shown(ada, booking):
    """What the booking says of its confirmation."""
    return ada.get(f"/bookings/{booking['id']}").json["confirmation"]["status"]


def test_a_booking_does_not_stay_pending_where_mongodb_was_away_at_that_moment(
    app, ada, booking, clock, outgoing, monkeypatch
):
    services = services_of(app)
    outbox, bookings, away = services[Outbox], services[BookingService], [True]
    failed = bookings.confirmation_failed

    def refuse(_message):
        raise PermanentFailure("There is no such mailbox.")

    def fail_once(booking_id):
        if away:
            away.pop()
            raise NetworkTimeout("primary steps down")
        failed(booking_id)

    monkeypatch.setattr(outgoing, "send", refuse)
    monkeypatch.setattr(bookings, "confirmation_failed", fail_once)
    with pytest.raises(NetworkTimeout):
        run_jobs(app)
    assert shown(ada, booking) == "pending"
    clock.advance(seconds=LEASE_SECONDS)
    services[JobRunner].run(outbox.upcoming(10, [CONFIRM])[0])
    assert shown(ada, booking) == "failed"
    assert outbox.collection.find_one({"kind": CONFIRM})["state"] == "failed"


def test_a_late_worker_does_not_mark_failed_a_confirmation_that_another_has_sent(app, ada, booking, clock):
    services = services_of(app)
    outbox = services[Outbox]
    job_id = outbox.collection.find_one({"kind": CONFIRM})["_id"]
    (late,) = outbox.claim([job_id])
    clock.advance(seconds=LEASE_SECONDS)
    services[JobRunner].run([job_id])
    outbox.fail(late, "PermanentFailure: There is no such mailbox.")
    assert shown(ada, booking) == "sent"
