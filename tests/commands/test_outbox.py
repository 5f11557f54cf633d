"""The operator's outbox: what is owed, what failed, sending it again, and clearing up."""

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import FAST_PATH_SECONDS, Outbox, PermanentFailure

from ..apps import run_jobs
from ..builders import book, make_event

CONFIRM, REMIND = "notifications.confirm_booking", "notifications.announce_reminder"
USAGE = 2


@pytest.fixture
def outbox(app):
    """The command `outbox`: its exit status and the lines it prints."""

    def run(*args):
        with app.app_context():  # `flask --app wsgi` pushes it
            result = app.test_cli_runner().invoke(args=["outbox", *args])
        return result.exit_code, result.output.splitlines()

    return run


@pytest.fixture
def ada(as_role):
    """Somebody who books."""
    return as_role("customer", email="ada@example.com")


@pytest.fixture
def event(as_role):
    """A published event with ten tickets."""
    return make_event(as_role("organizer"))


@pytest.fixture
def failed(app, ada, event, outgoing, monkeypatch):
    """Three bookings whose confirmations were refused for good."""

    def refuse(_message):
        raise PermanentFailure("There is no such mailbox.")

    with monkeypatch.context() as patch:
        patch.setattr(outgoing, "send", refuse)
        bookings = [book(ada, event) for _ in range(3)]
        run_jobs(app)
    return bookings


def confirmations(ada, bookings):
    return [ada.get(f"/bookings/{booking['id']}").json["confirmation"]["status"] for booking in bookings]


def jobs(app, **conditions):
    return list(services_of(app)[Outbox].collection.find(conditions))


def test_the_list_counts_jobs_by_state_and_kind(app, ada, event, failed, outbox):
    book(ada, event)
    run_jobs(app)
    status, lines = outbox("list")
    assert status == 0
    assert lines == [f"done\t{CONFIRM}\t1", f"failed\t{CONFIRM}\t3", f"pending\t{REMIND}\t1", "Nothing is due."]


def test_an_empty_outbox_owes_nothing(outbox):
    assert outbox("list") == (0, ["Nothing is due."])


def test_the_list_says_for_how_long_the_oldest_job_is_due(ada, event, clock, outbox):
    book(ada, event)
    clock.advance(seconds=FAST_PATH_SECONDS + 60)
    assert outbox("list")[1][-1] == "The oldest job that is due has waited for 60 s."


def test_failed_jobs_are_listed_with_their_reason(app, failed, outbox):
    status, lines = outbox("list", "--state", "failed")
    assert (status, len(lines)) == (0, 3)
    rows = [line.split("\t") for line in lines]
    assert {row[0] for row in rows} == {str(job["_id"]) for job in jobs(app, state="failed")}
    assert {(row[1], row[2]) for row in rows} == {(CONFIRM, "1")}
    assert all("There is no such mailbox." in row[4] for row in rows)


def test_a_reason_cannot_change_what_the_terminal_shows(app, failed, outbox):
    job = jobs(app, state="failed")[0]
    store = services_of(app)[Outbox].collection
    store.update_one({"_id": job["_id"]}, {"$set": {"last_error": "550 \x1b[2J\nno such mailbox"}})
    _, lines = outbox("list", "--state", "failed")
    assert len(lines) == 3
    assert r"550 \x1b[2J\nno such mailbox" in "".join(lines)


def test_no_more_jobs_are_listed_than_asked_for(failed, outbox):
    assert len(outbox("list", "--state", "failed", "--limit", "2")[1]) == 2


def test_a_failed_confirmation_is_sent_again_by_its_id_and_the_booking_shows_it(app, ada, failed, outgoing, outbox):
    assert confirmations(ada, failed) == ["failed"] * 3
    job = jobs(app, state="failed")[0]
    assert outbox("retry", str(job["_id"])) == (0, ["1 jobs are owed again."])
    run_jobs(app)
    (message,) = outgoing.messages
    assert message.message_id == job["message_id"]
    assert sorted(confirmations(ada, failed)) == ["failed", "failed", "sent"]
    sent = ada.get(f"/bookings/{job['payload']['booking_id']}").json["confirmation"]
    assert sent == {"status": "sent", "sent_at": "2030-01-01T12:00:00Z"}


def test_all_failed_jobs_are_sent_again(app, ada, failed, outgoing, outbox):
    assert outbox("retry", "--all") == (0, ["3 jobs are owed again."])
    run_jobs(app)
    assert confirmations(ada, failed) == ["sent"] * 3
    assert len(outgoing.messages) == 3
    assert outbox("retry", "--all") == (0, ["0 jobs are owed again."])


def test_only_failed_jobs_are_sent_again(app, ada, event, outgoing, outbox):
    book(ada, event)
    run_jobs(app)
    ids = [str(job["_id"]) for job in jobs(app)]
    assert outbox("retry", *ids, "0" * 24) == (0, ["0 jobs are owed again."])
    run_jobs(app)
    assert len(outgoing.messages) == 1


def test_a_job_that_is_retried_has_all_its_attempts_again(app, failed, outbox):
    outbox("retry", "--all")
    assert {(job["attempts"], job["state"]) for job in jobs(app, kind=CONFIRM)} == {(0, "pending")}


def test_purge_deletes_what_is_done_and_old_and_keeps_what_is_younger(app, ada, event, clock, outbox):
    book(ada, event)
    run_jobs(app)
    clock.advance(days=4)
    book(ada, event)
    run_jobs(app)
    clock.advance(days=3)
    assert outbox("purge") == (0, ["1 jobs deleted."])
    assert len(jobs(app, state="done")) == 1
    assert outbox("purge", "--days", "3") == (0, ["1 jobs deleted."])
    assert [job["kind"] for job in jobs(app)] == [REMIND]


def test_purge_keeps_failed_jobs_unless_told(app, failed, clock, outbox):
    clock.advance(days=7)
    assert outbox("purge") == (0, ["0 jobs deleted."])
    assert outbox("purge", "--failed") == (0, ["3 jobs deleted."])
    assert jobs(app, state="failed") == []


def test_purge_never_deletes_what_is_owed(app, ada, event, clock, outbox):
    book(ada, event)
    clock.advance(days=30)
    assert outbox("purge", "--days", "0", "--failed") == (0, ["0 jobs deleted."])
    assert len(jobs(app, state="pending")) == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["retry"], "Name the jobs, or say --all."),
        (["retry", "0" * 24, "--all"], "Name the jobs, or say --all."),
        (["list", "--state", "lost"], "Invalid value for '--state'"),
        (["list", "--limit", "0"], "Invalid value for '--limit'"),
        (["purge", "--days", "-1"], "Invalid value for '--days'"),
        (["send"], "No such command 'send'"),
    ],
)
def test_a_command_that_cannot_be_meant_says_so_and_changes_nothing(app, failed, outbox, args, words):
    before = jobs(app)
    status, lines = outbox(*args)
    assert status == USAGE
    assert any(words in line for line in lines)
    assert jobs(app) == before


def test_an_id_that_cannot_exist_is_no_job(app, failed, outbox):
    before = jobs(app)
    assert outbox("retry", "nonsense") == (0, ["0 jobs are owed again."])
    assert jobs(app) == before
