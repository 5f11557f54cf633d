"""A fact has one scheduled job for each key, however often it is put on another date."""

from datetime import timedelta

import mongomock
import pytest

from booking_api.jobs.administration import OutboxAdministration
from booking_api.jobs.facts import Fact
from booking_api.jobs.outbox import KEEP_DONE, LEASE_SECONDS, Outbox
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import JobRunner
from booking_api.jobs.schedule import Schedule
from booking_api.storage.client import UnitOfWork

FACT = Fact("test.scheduled")
KIND = "test.count"
DAY = timedelta(days=1)


@pytest.fixture
def outbox(clock):
    """An outbox of its own, with one subscriber."""
    made = Outbox(mongomock.MongoClient(tz_aware=True)["jobs"]["outbox"], clock)
    made.handle(KIND, lambda job: None, queue=MAIL, fact=FACT)
    return made


@pytest.fixture
def put(outbox, clock):
    """Puts the job on a date so far from now."""
    schedule = Schedule(outbox)

    def put(wait=DAY, number=1, **options):
        unit = UnitOfWork(None)
        schedule.put(unit, FACT, "key", {"number": number}, clock() + wait, **options)
        unit.committed()

    return put


def stored(outbox):
    (row,) = outbox.collection.find()
    return row


def claim(outbox):
    return next(iter(outbox.claim([stored(outbox)["_id"]])), None)


def test_a_job_put_a_hundred_times_is_one_job_with_the_last_date_and_payload(outbox, put, clock):
    for number in range(100):
        put(DAY * (100 - number), number)
    row = stored(outbox)
    assert (row["due_at"], row["payload"], row["state"]) == (clock() + DAY, {"number": 99}, "pending")


def test_each_subscriber_and_each_key_has_a_job(outbox, put, clock):
    outbox.handle("test.second", lambda job: None, queue=MAIL, fact=FACT)
    for _ in range(2):
        put()
        Schedule(outbox).put(UnitOfWork(None), FACT, "another", {}, clock() + DAY)
    assert outbox.collection.count_documents({}) == 4


def test_the_earlier_of_two_dates_is_kept_where_that_is_asked_for(outbox, put, clock):
    put(DAY)
    put(DAY * 2, 2, or_sooner=True)
    assert (stored(outbox)["due_at"], stored(outbox)["payload"]) == (clock() + DAY, {"number": 2})
    put(DAY / 2, or_sooner=True)
    assert stored(outbox)["due_at"] == clock() + DAY / 2


def test_a_job_that_was_moved_after_it_was_found_due_is_not_claimed_early(outbox, put, clock):
    put(timedelta(seconds=1))
    clock.advance(seconds=1)
    (found,), _next = outbox.upcoming(10)
    put(DAY)
    assert outbox.claim([found]) == []
    clock.advance(days=1)
    assert claim(outbox)["attempts"] == 1


@pytest.mark.parametrize("or_sooner", [True, False])
@pytest.mark.parametrize("close", ["complete", "release", "postpone", "fail"])
def test_a_job_moved_while_it_is_worked_on_is_done_again_at_the_new_date(outbox, put, clock, close, or_sooner):
    put(timedelta(0))
    job = claim(outbox)
    put(DAY, 2, or_sooner=or_sooner)
    if close in ("complete", "release"):
        getattr(outbox, close)([job])
    else:
        getattr(outbox, close)(job, "No answer.")
    row = stored(outbox)
    assert (row["state"], row["due_at"], row["payload"], row["attempts"]) == (
        "pending",
        clock() + DAY,
        {"number": 2},
        0,
    )


def test_a_handler_that_puts_its_own_job_off_has_it_done_later_and_not_at_once(outbox, put, clock):
    done = []

    def count(job):
        done.append(job)
        if len(done) == 1:
            put(DAY, or_sooner=True)

    outbox.handle(KIND, count, queue=MAIL)
    put(timedelta(0))
    runner = JobRunner(outbox)
    for expected in (1, 1, 2, 2):
        runner.run([stored(outbox)["_id"]])
        if expected == 1:
            clock.advance(hours=12)
    assert len(done) == 2
    assert stored(outbox)["state"] == "done"


def test_a_job_that_was_done_or_given_up_is_owed_anew(outbox, put, clock):
    put(timedelta(0))
    outbox.complete([claim(outbox)])
    put(DAY)
    row = stored(outbox)
    assert (row["state"], row["attempts"]) == ("pending", 0)
    assert "done_at" not in row  # or MongoDB would delete it when that is long ago
    clock.advance(days=KEEP_DONE.days)
    outbox.fail(claim(outbox), "No answer.")
    put(DAY)
    assert (stored(outbox)["state"], stored(outbox).get("last_error")) == ("pending", None)


def test_a_job_whose_worker_died_is_taken_by_another(outbox, put, clock):
    put(timedelta(0))
    claim(outbox)
    assert claim(outbox) is None
    clock.advance(seconds=LEASE_SECONDS)
    assert claim(outbox)["attempts"] == 2


def test_a_job_taken_off_the_schedule_is_gone_also_for_who_works_on_it(outbox, put, clock):
    put(timedelta(0))
    job = claim(outbox)
    Schedule(outbox).remove(UnitOfWork(None), FACT, "key")
    outbox.complete([job])
    assert outbox.collection.count_documents({}) == 0


def test_what_is_due_is_offered_at_once_and_what_is_not_is_announced(outbox, put, clock):
    offered, announced = [], []
    outbox.on_recorded, outbox.on_scheduled = offered.extend, announced.append
    put(timedelta(0))
    assert [(job["_id"], job["kind"]) for job in offered] == [(stored(outbox)["_id"], KIND)]
    put(DAY)
    assert announced == [clock() + DAY]


def test_a_scheduled_job_that_failed_can_be_retried_by_its_id(outbox, put):
    put(timedelta(0))
    outbox.fail(claim(outbox), "No answer.")
    assert OutboxAdministration(outbox).retry([stored(outbox)["_id"], "nothing"]) == 1
    assert claim(outbox)["attempts"] == 1


def again(outbox, job, number, due_at):
    """Run a claimed job again."""
    unit = UnitOfWork(None)
    Schedule(outbox).again(unit, job, {"number": number}, due_at)
    unit.committed()


def test_a_job_that_is_running_has_itself_run_again_with_another_payload(outbox, put, clock):
    put(-DAY)
    job = claim(outbox)
    again(outbox, job, 2, clock())
    outbox.complete([job])
    row = stored(outbox)
    assert (row["state"], row["payload"], row["due_at"]) == ("pending", {"number": 2}, clock())
    assert claim(outbox)["payload"] == {"number": 2}


def test_a_job_that_was_put_elsewhere_while_it_ran_stays_there(outbox, put, clock):
    put(-DAY)
    job = claim(outbox)
    put(DAY, number=7)
    again(outbox, job, 2, clock())
    row = stored(outbox)
    assert (row["payload"], row["due_at"]) == ({"number": 7}, clock() + DAY)
