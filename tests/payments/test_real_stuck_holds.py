"""Holds that keep their tickets though they are long over: the audit tells of them, and an operator ends them."""

import pytest
import stripe

from booking_api.http.services import services_of
from booking_api.jobs.administration import OutboxAdministration
from booking_api.payments.money_audit import PaymentAudit

from ..apps import run_jobs
from ..asserting import available
from .real import running
from .world import pay

CLOSED, GIVEN_UP = 0, 1


@pytest.fixture
def world(indexed, database, outgoing, clock, monkeypatch):
    """An app that takes cards; whoever calls Stripe again does not wait before."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with running(database, outgoing, clock) as made:
        yield made


@pytest.fixture
def opened(world):
    """A hold, the intent of its open attempt, and that attempt."""
    booking, intent = world.opened()
    (payment,) = world.payments()
    return booking, intent, payment


def audited(world):
    """What the audit of money finds."""
    return [fault for found in services_of(world.app)[PaymentAudit].check() for fault in found]


def run_out(world, clock):
    """Let the hold run out, and an hour and more pass after it."""
    clock.advance(minutes=16)
    run_jobs(world.app)
    assert audited(world) == []
    clock.advance(minutes=61)
    world.log_in_again()


def command(world, *words, typed=None):
    """Run a command of `flask --app wsgi`: its exit status and what it printed."""
    with world.app.app_context():  # `flask --app wsgi` pushes it
        done = world.app.test_cli_runner().invoke(args=list(words), input=typed)
    return done.exit_code, done.output


def failed(world):
    """The errors of the jobs that have failed."""
    return [job["last_error"] for job in services_of(world.app)[OutboxAdministration].find("failed", 10)]


def assert_let_go_after_retry(world, booking):
    """Once the failed jobs were run again the tickets are on sale, no job has failed, and all adds up."""
    assert command(world, "outbox", "retry", "--all")[0] == 0
    run_jobs(world.app)
    assert (world.seen(booking), available(world.customer, world.event)) == (("expired", "none"), 5)
    assert (failed(world), audited(world)) == ([], [])
    world.assert_right()


def test_a_hold_whose_attempt_is_never_closed_is_told_of_and_ended_by_hand(world, opened, clock):
    booking, intent, payment = opened
    world.fake.intents._state.intents.pop(intent)  # the key is of another account now
    run_out(world, clock)
    (fault,) = audited(world)
    assert f"booking {booking['id']}: its hold was over at " in fault
    assert f"payment {payment['_id']} still keeps its tickets" in fault
    assert "does not close payment" in failed(world)[0]
    status, printed = command(world, "close-payment", str(payment["_id"]), typed="n\n")
    assert (status, "not_found" in printed) == (GIVEN_UP, True), printed
    assert world.seen(booking) == ("held", "pending")
    status, printed = command(world, "close-payment", str(payment["_id"]), typed="y\n")
    assert (status, printed.splitlines()[-1]) == (CLOSED, "The payment is cancelled."), printed
    assert world.seen(booking)[0] == "expired"
    assert_let_go_after_retry(world, booking)


def test_a_hold_that_was_paid_with_another_amount_is_told_of_and_ended_by_hand(world, opened, clock):
    booking, intent, payment = opened
    world.fake.pay(intent)
    world.fake.intents._state.intent(intent)["amount_received"] = 4999
    world.messages_arrive()
    run_out(world, clock)
    assert len(audited(world)) == 1
    assert any("4999 EUR has come for it, and 5000 EUR is due" in error for error in failed(world))
    assert command(world, "outbox", "retry", "--all")[0] == 0
    run_jobs(world.app)
    assert (len(audited(world)), world.seen(booking)[0]) == (1, "held")  # to ask again changes nothing
    status, printed = command(world, "close-payment", str(payment["_id"]), "--yes")
    assert (status, "4999 EUR has come" in printed) == (CLOSED, True), printed
    assert world.seen(booking)[0] == "expired"
    assert_let_go_after_retry(world, booking)


def test_what_the_provider_closes_after_all_needs_only_the_job_once_more(world, opened, clock):
    booking, intent, _ = opened
    kept = world.fake.intents._state.intents.pop(intent)
    run_out(world, clock)
    assert len(audited(world)) == 1
    world.fake.intents._state.intents[intent] = kept
    assert world.seen(booking)[0] == "held"
    assert_let_go_after_retry(world, booking)


def test_all_that_is_due_still_counts_for_an_attempt_that_was_closed_by_hand(world, opened, clock):
    booking, intent, payment = opened
    kept = world.fake.intents._state.intents.pop(intent)
    run_out(world, clock)
    command(world, "close-payment", str(payment["_id"]), "--yes")
    assert world.seen(booking)[0] == "expired"
    world.fake.intents._state.intents[intent] = kept
    world.fake.pay(intent)
    world.messages_arrive()
    run_jobs(world.app)
    assert (world.seen(booking), world.money(booking)) == (("confirmed", "paid"), (5000, 0))
    assert audited(world) == []


def test_an_attempt_that_is_closed_by_hand_early_leaves_room_for_another(world, opened):
    booking, intent, payment = opened
    assert command(world, "close-payment", str(payment["_id"]), "--yes")[0] == CLOSED
    assert world.fake.intents.fetch(intent)["status"] == "canceled"
    assert world.seen(booking) == ("held", "due")
    assert pay(world.customer, booking).status_code == 201
    assert audited(world) == []


def test_what_was_paid_or_is_on_its_way_is_not_closed_by_hand(world, opened, clock):
    booking, intent, payment = opened
    world.fake.events.drop_next(10)
    world.fake.pay(intent, "pm_card_fake_processing")
    status, printed = command(world, "close-payment", str(payment["_id"]), "--yes")
    assert (status, "kept until the bank answers" in printed) == (GIVEN_UP, True)
    clock.advance(minutes=16)
    run_jobs(world.app)
    assert (world.seen(booking)[0], available(world.customer, world.event)) == ("held", 3)
    world.fake.intents.finish(intent, succeeded=True)
    for _ in range(2):
        status, printed = command(world, "close-payment", str(payment["_id"]), "--yes")
        assert (status, printed) == (CLOSED, "The payment is succeeded.\n")
    assert world.seen(booking) == ("confirmed", "paid")
    assert audited(world) == []


@pytest.mark.parametrize("payment_id", ["0" * 24, "nonsense"])
def test_a_payment_that_is_not_there_is_one_sentence_and_an_error(world, payment_id):
    status, printed = command(world, "close-payment", payment_id)
    assert (status, printed) == (GIVEN_UP, f"Error: No payment has the id {payment_id}.\n")


def test_while_the_provider_is_away_nothing_is_closed_by_hand(world, opened):
    booking, _, payment = opened
    world.fake.fail_next("error", count=100)
    status, printed = command(world, "close-payment", str(payment["_id"]), "--yes")
    assert (status, printed.startswith("Error: Nothing has changed.")) == (GIVEN_UP, True)
    assert world.seen(booking) == ("held", "pending")


def test_a_hold_that_is_kept_for_the_bank_is_counted_each_hour(world, opened, clock):
    _, intent, _ = opened
    world.fake.pay(intent, "pm_card_fake_processing")
    world.messages_arrive()
    before = kept(world)
    for minutes in (16, 61):
        clock.advance(minutes=minutes)
        run_jobs(world.app)
    assert kept(world) == before + 2


def kept(world):
    """How often holds were kept, as metrics have it."""
    lines = world.app.test_client().get("/metrics").text.splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith('payments_total{mode="stripe",outcome="kept"')
    )
