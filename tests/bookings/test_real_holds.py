"""Holds on the real server: off sale at once, then confirmed or put back, never both and never twice."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.expiring import HoldExpiry, HoldNotOver
from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.http.services import services_of
from booking_api.jobs import runner
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.storage.indexes import Stores

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem, available
from ..builders import hold, make_event, sign_up
from ..pids import CALM_SECONDS, eventually

HOLD = timedelta(seconds=SETTINGS.hold_seconds)


@pytest.fixture
def make_app(indexed, database, outgoing, clock):
    """Makes apps on one database, like several processes, whose time moves only when told to."""
    made = []

    def make():
        made.append(create_app(SETTINGS, database=database, sender=outgoing, clock=clock))
        return made[-1]

    services_of(make())[Stores].ensure_indexes()
    yield make
    for one in made:
        services_of(one)[JobRunner].stop()


@pytest.fixture
def timed_app(make_app):
    """One such app."""
    return make_app()


@pytest.fixture
def customer(timed_app):
    """Somebody who books."""
    return sign_up(timed_app, "customer")


@pytest.fixture
def organizer(timed_app):
    """Somebody who makes events."""
    return sign_up(timed_app, "organizer")


def status(api, booking):
    return api.get(f"/bookings/{booking['id']}").json["status"]


def expiries(app):
    """The ids of the expiry jobs that are due."""
    outbox = services_of(app)[Outbox]
    kinds = {row["_id"]: row["kind"] for row in outbox.collection.find()}
    return [job_id for job_id in outbox.upcoming(1000)[0] if kinds[job_id] == EXPIRE_HOLD]


def expiry_rows(app):
    """The expiry jobs."""
    return list(services_of(app)[Outbox].collection.find({"kind": EXPIRE_HOLD}))


def expire(app, job):
    """Run one expiry, if need be too early."""
    with suppress(HoldNotOver):
        services_of(app)[HoldExpiry].expire(job)


def run_due(app):
    """Run the expiries that are due."""
    services_of(app)[JobRunner].run(expiries(app))


def assert_audit_is_clean(app):
    """The books of every event add up."""
    found = [fault for faults in services_of(app)[Audit].check() for fault in faults]
    assert found == []


def test_a_hold_takes_tickets_off_sale_until_it_expires(timed_app, customer, event, clock):
    held = hold(customer, event, 10)
    refused = customer.post("/bookings", {"event_id": event["id"], "quantity": 1})
    assert assert_problem(refused, 409, "sold_out")["available_tickets"] == 0
    run_due(timed_app)
    assert (status(customer, held), available(customer, event)) == ("held", 0)
    clock.advance(seconds=HOLD.total_seconds())
    run_due(timed_app)
    read = customer.get(f"/bookings/{held['id']}").json
    assert (read["status"], {ticket["status"] for ticket in read["tickets"]}) == ("expired", {"cancelled"})
    assert available(customer, event) == 10
    assert_problem(customer.post(f"/bookings/{held['id']}/confirm"), 409, "hold_expired")
    assert_problem(customer.post(f"/bookings/{held['id']}/cancel"), 409, "hold_expired")
    assert_audit_is_clean(timed_app)


def test_a_confirmed_hold_does_not_expire(timed_app, customer, event, clock):
    held = hold(customer, event, 3)
    clock.advance(seconds=HOLD.total_seconds() - 1)
    confirmed = customer.post(f"/bookings/{held['id']}/confirm").json
    assert (confirmed["status"], confirmed["hold_expires_at"]) == ("confirmed", None)
    clock.advance(days=1)
    assert expiries(timed_app)
    run_due(timed_app)
    assert (status(customer, held), available(customer, event)) == ("confirmed", 7)


def test_a_hold_at_its_end_cannot_be_confirmed_even_before_the_job_has_run(customer, event, clock):
    held = hold(customer, event)
    clock.advance(seconds=HOLD.total_seconds())
    assert_problem(customer.post(f"/bookings/{held['id']}/confirm"), 409, "hold_expired")


def test_an_expiry_that_comes_too_early_comes_again(timed_app, customer, event, clock):
    held = hold(customer, event)
    services_of(timed_app)[JobRunner].run([row["_id"] for row in expiry_rows(timed_app)])
    assert (status(customer, held), available(customer, event)) == ("held", 9)
    clock.advance(seconds=HOLD.total_seconds() + 60)
    run_due(timed_app)
    assert (status(customer, held), available(customer, event)) == ("expired", 10)


def test_a_cancelled_hold_is_put_back_once_though_its_expiry_comes_later(timed_app, customer, event, clock):
    held = hold(customer, event, 4)
    assert customer.post(f"/bookings/{held['id']}/cancel").json["status"] == "cancelled"
    clock.advance(seconds=HOLD.total_seconds())
    run_due(timed_app)
    assert (status(customer, held), available(customer, event)) == ("cancelled", 10)


def test_an_expiry_that_many_processes_run_at_once_puts_the_tickets_back_once(make_app, customer, event, clock):
    held = [hold(customer, event, 2) for _ in range(3)]
    clock.advance(seconds=HOLD.total_seconds())
    apps = [make_app() for _ in range(4)]
    jobs = expiry_rows(apps[0])
    begin = threading.Barrier(16)

    def run(number):
        begin.wait(CALM_SECONDS)
        for job in jobs:
            expire(apps[number % 4], job)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))
    assert {status(customer, booking) for booking in held} == {"expired"}
    assert available(customer, event) == 10
    assert_audit_is_clean(apps[0])


@pytest.mark.parametrize("left", [timedelta(milliseconds=1), timedelta(0)])
def test_confirmations_that_meet_the_expiry_have_one_outcome(make_app, customer, organizer, clock, left):
    event = make_event(organizer, total_tickets=100, max_per_booking=100)
    held = [hold(customer, event, 2) for _ in range(10)]
    apps = [make_app() for _ in range(3)]
    jobs = {str(row["payload"]["booking_id"]): row for row in expiry_rows(apps[0])}
    clock.advance(seconds=(HOLD - left).total_seconds())
    begin = threading.Barrier(32)
    answers = {booking["id"]: Counter() for booking in held}

    def work(number):
        app = apps[number % 3]
        api = Api(app.test_client(), customer.token)
        begin.wait(CALM_SECONDS)
        for place in range(len(held)):
            if number == 0 and place == 5:
                clock.advance(seconds=left.total_seconds())
            booking = held[(place + number) % len(held)]
            if number % 2:
                expire(app, jobs[booking["id"]])
            else:
                response = api.post(f"/bookings/{booking['id']}/confirm")
                answers[booking["id"]][response.status_code] += 1

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))
    for job in jobs.values():
        expire(apps[0], job)
    for booking in held:
        outcome, heard = status(customer, booking), answers[booking["id"]]
        assert heard.keys() <= {200, 409}
        assert outcome == ("confirmed" if heard[200] else "expired")
    confirmed = sum(status(customer, booking) == "confirmed" for booking in held)
    assert available(customer, event) == 100 - 2 * confirmed
    assert left or not confirmed
    assert_audit_is_clean(apps[0])


def test_a_hold_that_ended_while_everything_was_down_expires_at_the_next_start(make_app, database, clock):
    first = make_app()
    customer, event = sign_up(first, "customer"), make_event(sign_up(first, "organizer"))
    held = hold(customer, event, 3)
    clock.advance(days=2)  # nothing runs
    second = make_app()
    services_of(second)[JobRunner].start()
    eventually(lambda: available(customer, event) == 10, "the tickets are on sale again")
    assert status(customer, held) == "expired"
    eventually(lambda: not expiries(second), "the job is done")
    assert_audit_is_clean(second)


def test_an_expiry_whose_process_died_at_work_is_run_by_another(make_app, customer, event, clock):
    held = hold(customer, event, 3)
    clock.advance(seconds=HOLD.total_seconds())
    dead, alive = make_app(), make_app()
    assert len(services_of(dead)[Outbox].claim(expiries(dead))) == 1
    run_due(alive)
    assert status(customer, held) == "held"
    clock.advance(seconds=61)  # the lease of the dead one runs out
    run_due(alive)
    assert (status(customer, held), available(customer, event)) == ("expired", 10)


@pytest.mark.usefixtures("indexed")
def test_a_running_app_expires_a_hold_by_itself(database, outgoing, monkeypatch):
    monkeypatch.setattr(runner, "SWEEP_SECONDS", 0.2)
    app = create_app(replace(SETTINGS, hold_seconds=1), database=database, sender=outgoing)
    services_of(app)[Stores].ensure_indexes()
    customer, event = sign_up(app, "customer"), make_event(sign_up(app, "organizer"))
    held = hold(customer, event, 3)
    assert available(customer, event) == 7
    services_of(app)[JobRunner].start()
    try:
        eventually(lambda: status(customer, held) == "expired", "the hold expires")
        assert available(customer, event) == 10
    finally:
        services_of(app)[JobRunner].stop()
