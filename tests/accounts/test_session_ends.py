"""The end of a session reaches every worker, whatever else happens at that moment."""

import contextlib
import threading
import time
from datetime import timedelta
from itertools import count

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from booking_api import create_app
from booking_api.accounts import sessions
from booking_api.accounts.known_addresses import KnownAddressStore
from booking_api.accounts.service import AccountService
from booking_api.accounts.sessions import SessionService, SessionStore
from booking_api.clock import now
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..fakes import NoTransactions
from ..pids import CALM_SECONDS
from .sessions import (
    NEW_PASSWORD,
    PASSWORD,
    assert_over,
    grant_reset,
    log_in,
    new_account,
    read,
    refresh,
    reset_password,
)


@pytest.fixture
def other_app(app, outgoing, clock):
    """Another worker on the same database."""
    database = services_of(app)[Database]
    return create_app(SETTINGS, database=database, transactions=NoTransactions(), sender=outgoing, clock=clock)


@pytest.fixture
def always_polling(monkeypatch):
    """Has every worker look for ended sessions at each request, and believe what it knows, however slow the machine."""
    monkeypatch.setattr(sessions, "POLL_SECONDS", 0)
    monkeypatch.setattr(sessions, "STALE_SECONDS", 600)


def test_another_worker_hears_of_a_logout_within_five_seconds(real_app, database, outgoing):
    other, passed = create_app(SETTINGS, database=database, sender=outgoing, clock=now), [time.monotonic()]
    services_of(other)[SessionService]._monotonic = lambda: passed[0]
    session = log_in(real_app, new_account(real_app))
    assert read(other, session).status_code == 200
    Api(real_app.test_client(), session["access_token"]).post("/auth/logout")
    passed[0] += 5
    assert_over(other, session)


def test_workers_do_not_ask_the_database_at_each_request(app, session, monkeypatch):
    asked = []
    services_of(app)[SessionService]._monotonic = count(time.monotonic(), 0.001).__next__
    store = services_of(app)[SessionStore]
    found = store.ended_since
    monkeypatch.setattr(store, "ended_since", lambda moment: asked.append(moment) or found(moment))
    for _ in range(50):
        assert read(app, session).status_code == 200
    assert len(asked) <= 1


def test_a_new_worker_knows_of_earlier_ends(app, other_app, session, clock):
    Api(app.test_client(), session["access_token"]).post("/auth/logout")
    clock.advance(minutes=14)
    assert_problem(read(other_app, session), 401, "session_ended")


def test_a_new_worker_says_yes_to_nobody_before_it_knows_who_has_ended(app, other_app, session, monkeypatch):
    Api(app.test_client(), session["access_token"]).post("/auth/logout")
    store = services_of(other_app)[SessionStore]
    found, asked, go_on = store.ended_since, threading.Event(), threading.Event()

    def slow(moment):
        asked.set()
        go_on.wait(1)
        return found(moment)

    monkeypatch.setattr(store, "ended_since", slow)
    first = threading.Thread(target=read, args=(other_app, session))
    first.start()
    assert asked.wait(CALM_SECONDS)
    answer = read(other_app, session)
    go_on.set()
    first.join()
    assert answer.status_code in (401, 503), answer.json


def test_an_end_by_a_clock_that_is_ahead_hides_none_that_follows(app, other_app, clock, always_polling):
    first, second = (log_in(app, new_account(app)) for _ in range(2))
    clock.advance(minutes=5)
    Api(app.test_client(), first["access_token"]).post("/auth/logout")
    clock.advance(minutes=-5)
    assert read(other_app, first).status_code == 401
    assert read(other_app, second).status_code == 200
    Api(app.test_client(), second["access_token"]).post("/auth/logout")
    assert read(other_app, second).status_code == 401


def test_a_password_change_ends_every_other_session_on_every_worker(app, other_app, always_polling):
    email = new_account(app)
    here, there = log_in(app, email), log_in(app, email)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert Api(app.test_client(), here["access_token"]).post("/users/me/password", change).status_code == 204
    for worker in (app, other_app):
        assert_over(worker, there)
        assert read(worker, here).status_code == 200
    assert refresh(app, here).status_code == 200
    assert log_in(app, email, NEW_PASSWORD)


@pytest.mark.parametrize("kind", ["mongomock", pytest.param("real", marks=pytest.mark.server)])
def test_a_password_reset_ends_every_session(request, kind):
    app = request.getfixturevalue({"mongomock": "app", "real": "real_app"}[kind])
    email = new_account(app)
    ended = [log_in(app, email), log_in(app, email)]
    assert reset_password(app, email).status_code == 204
    for session in ended:
        assert_over(app, session)
    assert read(app, log_in(app, email, NEW_PASSWORD)).status_code == 200


def test_a_login_that_a_password_reset_overtakes_leaves_no_session(app, monkeypatch):
    email = new_account(app)
    service = services_of(app)[SessionService]
    start, overtaken = service.start, []

    def late(*args, **kwargs):
        if not overtaken:
            overtaken.append(reset_password(app, email))
        return start(*args, **kwargs)

    monkeypatch.setattr(service, "start", late)
    answer = Api(app.test_client()).post("/auth/login", {"email": email, "password": PASSWORD})
    assert answer.status_code == 401 or read(app, answer.json).status_code == 401


def test_a_reset_that_fails_ends_no_session(real_app, monkeypatch):
    app, email = real_app, new_account(real_app)
    session = log_in(app, email)
    transactions = services_of(app)[AccountService]._transactions
    run = transactions.run

    def work_and_fail(work, unit):
        work(unit)
        raise AutoReconnect("gone before the commit")

    monkeypatch.setattr(transactions, "run", lambda work: run(lambda unit: work_and_fail(work, unit)))
    assert_problem(reset_password(app, email), 503, "service_unavailable")
    assert refresh(app, session).status_code == 200
    assert read(app, session).status_code == 200


def test_a_reset_that_cannot_note_the_address_leaves_its_token_good(real_app, monkeypatch):
    app, email = real_app, new_account(real_app)
    _, token = grant_reset(app, email)
    body = {"token": token, "new_password": NEW_PASSWORD}
    caller = Api(app.test_client())

    def fail(*_args):
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(services_of(app)[KnownAddressStore], "add", fail)
        assert_problem(caller.post("/auth/password-reset/confirm", body), 503, "service_unavailable")
    assert caller.post("/auth/password-reset/confirm", body).status_code == 204
    log_in(app, email, NEW_PASSWORD)


@contextlib.contextmanager
def mongodb_away(app, monkeypatch):
    """Nobody hears of ended sessions within the block."""

    def fail(_moment):
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(services_of(app)[SessionStore], "ended_since", fail)
        yield


def test_while_mongodb_is_away_tokens_work_for_a_moment_and_then_get_no_answer(
    app, session, monkeypatch, always_polling
):
    assert read(app, session).status_code == 200
    with mongodb_away(app, monkeypatch):
        assert read(app, session).status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr(sessions, "STALE_SECONDS", 0)
            assert_problem(read(app, session), 503, "service_unavailable")
    assert read(app, session).status_code == 200


def test_ended_sessions_are_forgotten_when_their_last_token_has_expired(app, clock, always_polling):
    service = services_of(app)[SessionService]
    kept = log_in(app, new_account(app))
    for _ in range(3):
        session = log_in(app, new_account(app))
        Api(app.test_client(), session["access_token"]).post("/auth/logout")
    assert read(app, kept).status_code == 200
    assert len(service.remembered()) == 3
    clock.now += timedelta(minutes=16)
    assert read(app, kept).status_code == 200
    assert service.remembered() == set()
