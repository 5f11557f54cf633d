"""A refresh token used again: within 10 s it is two tabs or a lost answer, and later it is a stolen copy."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import jwt
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from booking_api import create_app
from booking_api.accounts import sessions
from booking_api.accounts.sessions import SessionStore
from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..fakes import NoTransactions
from ..pids import CALM_SECONDS
from .sessions import assert_over, claims, log_in, new_account, read, refresh

NEW_SECRET = "the next secret for tests, of thirty-two bytes and more"


def renewed(app, session):
    """The new pair of a session."""
    answer = refresh(app, session)
    assert answer.status_code == 200, answer.json
    return answer.json


@contextmanager
def a_second_later(monkeypatch):
    """Tokens that are issued in the block are issued a second later."""
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + 1)
        yield


def test_eight_threads_that_refresh_at_once_all_get_the_same_pair(real_app, monkeypatch):
    monkeypatch.setattr(sessions, "ROTATION_SECONDS", CALM_SECONDS)
    session = log_in(real_app, new_account(real_app))
    together, answers = threading.Barrier(8), []

    def refresh_together():
        together.wait(CALM_SECONDS)
        answers.append(refresh(real_app, session))

    threads = [threading.Thread(target=refresh_together) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.data for answer in answers}) == 1
    assert read(real_app, answers[0].json).status_code == 200
    assert refresh(real_app, answers[0].json).status_code == 200


def test_within_ten_seconds_the_same_token_gets_the_same_pair(app, session, clock, monkeypatch):
    first = renewed(app, session)
    clock.advance(seconds=10)
    with a_second_later(monkeypatch):
        assert renewed(app, session) == first
    assert first["refresh_token"] != session["refresh_token"]
    assert first["access_token"] != session["access_token"]
    assert read(app, first).status_code == 200


def test_a_pair_given_again_says_the_same_of_an_email_verified_since(app, session):
    first = renewed(app, session)
    users = services_of(app)[UserStore]
    users.collection.update_many({}, {"$set": {"verified_at": users.collection.find_one()["created_at"]}})
    assert renewed(app, session) == first
    assert claims(first["access_token"])["email_verified"] is False
    assert claims(renewed(app, first)["access_token"])["email_verified"] is True


def test_after_ten_seconds_it_ends_the_session_on_every_route(app, session, clock):
    pair = renewed(app, session)
    clock.advance(seconds=10, milliseconds=1)
    ended = assert_problem(refresh(app, session), 401, "session_ended")
    assert "10 seconds" in ended["detail"]
    for tokens in (session, pair):
        assert_over(app, tokens)
    caller, key = Api(app.test_client(), pair["access_token"]), {"Idempotency-Key": "k"}
    answers = [
        caller.get(f"/events/{'0' * 24}"),
        caller.get("/bookings"),
        caller.post("/bookings", {}, headers=key),
        caller.post("/bookings", {}, headers=key),
        caller.post("/auth/logout"),
        refresh(app, pair),
    ]
    for answer in answers:
        assert_problem(answer, 401, "session_ended")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_grace_is_not_prolonged_by_using_it(app, session, clock):
    renewed(app, session)
    for _ in range(2):
        clock.advance(seconds=5)
        renewed(app, session)
    clock.advance(seconds=1)
    assert_problem(refresh(app, session), 401, "session_ended")


def test_a_late_tab_gets_the_pair_that_is_alive_by_then(app, session, clock, monkeypatch):
    second = renewed(app, session)
    clock.advance(seconds=4)
    with a_second_later(monkeypatch):
        third = renewed(app, second)
        assert renewed(app, second) == third
    clock.advance(seconds=4)
    assert renewed(app, session) == third
    clock.advance(minutes=15)
    assert renewed(app, third)


def test_each_token_has_a_grace_of_its_own(app, session, clock):
    second = renewed(app, session)
    clock.advance(seconds=8)
    third = renewed(app, second)
    clock.advance(seconds=8)
    assert renewed(app, second) == third
    assert_problem(refresh(app, session), 401, "session_ended")


def test_a_session_remembers_only_so_many_exchanges(app, session):
    pair = session
    for _ in range(sessions.KEPT_ROTATIONS + 1):
        pair = renewed(app, pair)
    (row,) = services_of(app)[SessionStore].collection.find()
    assert len(row["rotations"]) == sessions.KEPT_ROTATIONS
    assert_problem(refresh(app, session), 401, "session_ended")


def test_within_the_grace_an_ended_session_stays_ended(app, session):
    pair = renewed(app, session)
    assert Api(app.test_client(), pair["access_token"]).post("/auth/logout").status_code == 204
    assert_problem(refresh(app, session), 401, "session_ended")


def test_a_refresh_that_lost_its_answer_is_repeated(app, session, monkeypatch):
    store = services_of(app)[SessionStore]
    rotate = store.rotate

    def lose_the_answer(*args, **kwargs):
        rotate(*args, **kwargs)
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "rotate", lose_the_answer)
        answer = refresh(app, session)
    assert_problem(answer, 503, "service_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert read(app, renewed(app, session)).status_code == 200


def test_a_refresh_that_cannot_read_the_account_has_not_spent_its_token(app, session, clock, monkeypatch):
    users = services_of(app)[UserStore]

    def be_away(_user_id):
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(users, "find", be_away)
        assert_problem(refresh(app, session), 503, "service_unavailable")
    clock.advance(seconds=11)
    assert read(app, renewed(app, session)).status_code == 200


def test_a_refresh_that_mongodb_could_not_acknowledge_is_repeated(real_app, database):
    session = log_in(real_app, new_account(real_app))
    failure = {"failCommands": ["update"], "writeConcernError": {"code": 64, "errmsg": "waiting for replication"}}
    database.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=failure)
    try:
        assert_problem(refresh(real_app, session), 503, "service_unavailable")
    finally:
        database.client.admin.command("configureFailPoint", "failCommand", mode="off")
    pair = renewed(real_app, session)
    assert renewed(real_app, session) == pair
    assert refresh(real_app, pair).status_code == 200


def test_a_new_secret_within_the_grace_signs_the_same_pair_anew(app, outgoing, clock, session):
    rotated = create_app(
        replace(SETTINGS, jwt_secret_key=NEW_SECRET, jwt_secret_key_previous=SETTINGS.jwt_secret_key),
        database=services_of(app)[Database],
        transactions=NoTransactions(),
        sender=outgoing,
        clock=clock,
    )
    before, after = renewed(app, session), renewed(rotated, session)
    for kind in ("access_token", "refresh_token"):
        assert claims(before[kind]) == claims(after[kind])
        assert jwt.get_unverified_header(before[kind]) != jwt.get_unverified_header(after[kind])
    assert renewed(rotated, before) == renewed(rotated, after)
