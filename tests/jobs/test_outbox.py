"""The outbox hands each job to one worker at a time and loses none."""

from datetime import timedelta

import mongomock
import pytest

from booking_api.jobs.facts import Fact
from booking_api.jobs.outbox import FAST_PATH_SECONDS, LEASE_SECONDS, MAX_ATTEMPTS, Outbox, PermanentFailure
from booking_api.jobs.queues import MAIL
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import UnitOfWork

FACT = Fact("test.happened")
KIND = "test.count"
LONGEST_WAIT = timedelta(hours=1)


@pytest.fixture
def outbox(clock):
    """An outbox of its own, with one subscriber."""
    made = Outbox(mongomock.MongoClient(tz_aware=True)["jobs"]["outbox"], clock)
    made.handle(KIND, lambda job: None, queue=MAIL, fact=FACT)
    return made


@pytest.fixture
def job_id(outbox):
    """A job that was just recorded."""
    outbox.record(UnitOfWork(None), FACT, [{"number": 1}])
    return stored(outbox)["_id"]


def claim(outbox, job_id):
    """Claim the job; return it, or None if it is not available."""
    return next(iter(outbox.claim([job_id])), None)


def stored(outbox):
    (row,) = outbox.collection.find()
    return row


def test_a_fact_owes_each_subscriber_a_job_for_each_payload(outbox):
    outbox.handle("test.second", lambda job: None, queue=MAIL, fact=FACT)
    outbox.record(UnitOfWork(None), FACT, [{"number": 1}, {"number": 2}])
    owed = {(row["kind"], row["payload"]["number"]) for row in outbox.collection.find()}
    assert owed == {(kind, number) for kind in (KIND, "test.second") for number in (1, 2)}
    assert len({row["message_id"] for row in outbox.collection.find()}) == 4


def test_a_fact_without_subscribers_owes_nothing(outbox):
    outbox.record(UnitOfWork(None), Fact("test.unheard"), [{"number": 1}])
    assert outbox.collection.count_documents({}) == 0


def test_jobs_are_offered_after_the_commit_and_not_before(outbox):
    offered, unit = [], UnitOfWork(None)
    outbox.on_recorded = offered.extend
    outbox.record(unit, FACT, [{"number": 1}])
    assert offered == []
    unit.committed()
    assert offered == [stored(outbox)]


def test_a_job_with_a_delay_is_announced_and_not_offered(outbox, clock):
    offered, announced, unit = [], [], UnitOfWork(None)
    outbox.on_recorded, outbox.on_scheduled = offered.extend, announced.append
    outbox.record(unit, FACT, [{"number": 1}], delay=30)
    unit.committed()
    assert (offered, announced) == ([], [clock() + timedelta(seconds=30)])
    clock.advance(seconds=29)
    assert outbox.upcoming(10)[0] == []
    clock.advance(seconds=1)
    assert outbox.upcoming(10)[0] == [stored(outbox)["_id"]]


def test_a_job_is_left_to_who_recorded_it_before_the_sweep_may_have_it(outbox, job_id, clock):
    assert outbox.upcoming(10)[0] == []
    clock.advance(seconds=FAST_PATH_SECONDS)
    assert outbox.upcoming(10)[0] == [job_id]


def test_a_job_is_claimed_once(outbox, job_id):
    claimed = claim(outbox, job_id)
    assert (claimed["attempts"], claimed["payload"]) == (1, {"number": 1})
    assert claim(outbox, job_id) is None
    assert outbox.upcoming(10)[0] == []


def test_an_unknown_job_cannot_be_claimed(outbox):
    assert claim(outbox, "nothing") is None


def test_a_job_whose_lease_ran_out_can_be_claimed_by_another(outbox, job_id, clock):
    first = claim(outbox, job_id)
    clock.advance(seconds=LEASE_SECONDS - 1)
    assert claim(outbox, job_id) is None
    clock.advance(seconds=1)
    assert outbox.upcoming(10)[0] == [job_id]
    second = claim(outbox, job_id)
    assert second["attempts"] == 2
    assert second["token"] != first["token"]
    assert second["message_id"] == first["message_id"]


@pytest.mark.parametrize("close", ["complete", "fail", "postpone"])
def test_a_job_is_closed_only_under_the_token_of_its_claim(outbox, job_id, clock, close):
    first = claim(outbox, job_id)
    clock.advance(seconds=LEASE_SECONDS)
    second = claim(outbox, job_id)
    if close == "complete":
        outbox.complete([first])
    else:
        getattr(outbox, close)(first, "Too late.")
    assert stored(outbox) == second
    outbox.complete([second])
    assert stored(outbox)["state"] == "done"


def test_a_job_that_is_done_is_not_claimed_again(outbox, job_id, clock):
    outbox.complete([claim(outbox, job_id)])
    assert stored(outbox)["done_at"] == clock()
    clock.advance(days=1)
    assert claim(outbox, job_id) is None
    assert outbox.upcoming(10)[0] == []
    assert outbox.upcoming(10)[1] is None


def test_a_postponed_job_is_claimed_when_it_is_due_again(outbox, job_id, clock, monkeypatch):
    monkeypatch.setattr("random.uniform", lambda least, most: most / 2)  # it may be 0, and then the job is due at once
    announced = []
    outbox.on_scheduled = announced.append
    outbox.postpone(claim(outbox, job_id), "ConnectionError: no answer")
    row = stored(outbox)
    assert (row["state"], row["last_error"]) == ("pending", "ConnectionError: no answer")
    assert outbox.upcoming(10)[1] == row["due_at"]
    assert [round((at - row["due_at"]).total_seconds()) for at in announced] == [0]
    clock.now = row["due_at"] - timedelta(milliseconds=1)
    assert claim(outbox, job_id) is None
    clock.now = row["due_at"]
    assert claim(outbox, job_id)["attempts"] == 2


@pytest.mark.parametrize("luck", [0, 0.5, 1])
def test_the_wait_before_another_attempt_is_random_and_grows_to_a_limit(outbox, job_id, clock, monkeypatch, luck):
    monkeypatch.setattr("random.uniform", lambda least, most: least + (most - least) * luck)
    waits = []
    for _ in range(MAX_ATTEMPTS - 1):
        outbox.postpone(claim(outbox, job_id), "No answer.")
        waits.append(stored(outbox)["due_at"] - clock())
        clock.now = stored(outbox)["due_at"]
    assert waits == sorted(waits)
    assert max(waits) == LONGEST_WAIT * luck
    assert luck == 0 or waits[1] > waits[0]


def test_a_job_is_given_up_after_its_last_attempt(outbox, job_id, clock):
    for _ in range(MAX_ATTEMPTS):
        assert stored(outbox)["state"] == "pending"
        outbox.postpone(claim(outbox, job_id), "No answer.")
        clock.advance(hours=2)
    row = stored(outbox)
    assert (row["state"], row["attempts"], row["last_error"]) == ("failed", MAX_ATTEMPTS, "No answer.")
    assert claim(outbox, job_id) is None
    assert outbox.upcoming(10)[0] == []


def test_a_job_that_is_retried_forever_is_never_given_up(outbox, job_id, clock):
    outbox.handle(KIND, lambda job: None, queue=MAIL, retry_forever=True)
    for _ in range(MAX_ATTEMPTS + 1):
        outbox.postpone(claim(outbox, job_id), "No answer.")
        clock.advance(hours=2)
    assert (stored(outbox)["state"], claim(outbox, job_id)["attempts"]) == ("pending", MAX_ATTEMPTS + 2)


def test_the_longest_waiting_job_comes_first_and_no_more_than_asked_for(outbox, clock):
    for number in (1, 2, 3):
        outbox.record(UnitOfWork(None), FACT, [{"number": number}])
        clock.advance(seconds=1)
    clock.advance(minutes=1)
    due = [outbox.collection.find_one({"_id": job_id})["payload"]["number"] for job_id in outbox.upcoming(2)[0]]
    assert due == [1, 2]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (None, "done", None),
        (ConnectionError("no answer"), "pending", "ConnectionError: no answer"),
        (PermanentFailure("no mailbox"), "failed", "PermanentFailure: no mailbox"),
    ],
)
def test_what_becomes_of_a_job_goes_by_how_its_handler_ends(outbox, job_id, monkeypatch, error, state, reason):
    monkeypatch.setattr("random.uniform", lambda least, most: most)  # the shortest wait would be none at all

    def count(job):
        if error:
            raise error

    outbox.handle(KIND, count, queue=MAIL)
    runner = JobRunner(outbox)
    runner.run([job_id])
    runner.run([job_id])
    row = stored(outbox)
    assert (row["state"], row["attempts"], row.get("last_error")) == (state, 1, reason)


def test_a_job_of_a_kind_that_nobody_handles_yet_is_kept_for_later(outbox, job_id):
    del outbox.kinds[KIND]
    JobRunner(outbox).run([job_id])
    assert stored(outbox)["state"] == "pending"


def test_a_job_of_a_kind_that_nobody_handles_here_is_left_to_those_who_do(outbox, job_id, clock):
    clock.advance(minutes=1)
    kind = outbox.kinds.pop(KIND)
    assert outbox.upcoming(10) == ([], None)
    outbox.kinds[KIND] = kind
    assert outbox.upcoming(10) == ([job_id], None)
