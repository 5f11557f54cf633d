"""A session's tokens: they turn over, say all they must, and outlive a new secret."""

from dataclasses import replace

import jwt
import pytest
from pymongo.database import Database

from booking_api import create_app
from booking_api.auth.tokens import key_id
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..fakes import NoTransactions
from .sessions import assert_over, claims, log_in, new_account, read, refresh

NEW_SECRET = "the next secret for tests, of thirty-two bytes and more"


def test_a_refresh_token_is_exchanged_for_a_new_pair_of_the_same_session(app, session):
    renewed = refresh(app, session)
    assert renewed.status_code == 200
    assert renewed.json.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert read(app, renewed.json).status_code == 200
    assert read(app, session).status_code == 200
    assert claims(renewed.json["access_token"])["sid"] == claims(session["access_token"])["sid"]
    assert refresh(app, renewed.json).status_code == 200


def test_a_spent_refresh_token_ends_the_whole_session(app, session, clock):
    renewed = refresh(app, session).json
    clock.advance(seconds=11)
    assert_problem(refresh(app, session), 401, "session_ended")
    assert_over(app, renewed)
    assert_over(app, session)


def test_a_spent_refresh_token_leaves_the_accounts_other_sessions_alone(app, clock):
    email = new_account(app)
    stolen, other = log_in(app, email), log_in(app, email)
    refresh(app, stolen)
    clock.advance(seconds=11)
    assert refresh(app, stolen).status_code == 401
    assert read(app, other).status_code == 200
    assert refresh(app, other).status_code == 200


def test_logout_ends_both_tokens(app, session):
    logout = Api(app.test_client(), session["access_token"]).post("/auth/logout")
    assert (logout.status_code, logout.data) == (204, b"")
    assert_over(app, session)


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(app, session):
    turned = {"access_token": session["refresh_token"], "refresh_token": session["access_token"]}
    assert_problem(read(app, turned), 401, "token_invalid")
    assert_problem(refresh(app, turned), 401, "token_invalid")
    assert read(app, session).status_code == 200
    assert refresh(app, session).status_code == 200


@pytest.mark.parametrize("name", ["sid", "jti", "exp", "iss", "role", "sub", "type"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_token_without_one_of_its_claims_is_refused(app, session, name, kind):
    payload = claims(session[kind])
    del payload[name]
    headers = {"kid": key_id(SETTINGS.jwt_secret_key)}
    forged = session | {kind: jwt.encode(payload, SETTINGS.jwt_secret_key, "HS256", headers)}
    answer = (read if kind == "access_token" else refresh)(app, forged)
    assert_problem(answer, 401, "token_invalid")


def test_a_new_secret_logs_nobody_out(app, outgoing, clock, session):
    rotated = create_app(
        replace(SETTINGS, jwt_secret_key=NEW_SECRET, jwt_secret_key_previous=SETTINGS.jwt_secret_key),
        database=services_of(app)[Database],
        transactions=NoTransactions(),
        sender=outgoing,
        clock=clock,
    )
    assert read(rotated, session).status_code == 200
    renewed = refresh(rotated, session).json
    for token in (renewed["access_token"], renewed["refresh_token"]):
        assert jwt.get_unverified_header(token)["kid"] == key_id(NEW_SECRET)
    assert jwt.get_unverified_header(session["access_token"])["kid"] == key_id(SETTINGS.jwt_secret_key)
    assert read(rotated, renewed).status_code == 200
    assert_problem(read(app, renewed), 401, "token_invalid")
    forged = jwt.encode(claims(session["access_token"]), SETTINGS.jwt_secret_key, "HS256", {"kid": key_id(NEW_SECRET)})
    assert_problem(read(rotated, {"access_token": forged}), 401, "token_invalid")
