"""Somebody with an account and sessions, for the tests of how these end."""

import jwt

from booking_api.accounts.rules import email_key
from booking_api.accounts.service import AccountService
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import numbers

PASSWORD = "correct horse battery"
NEW_PASSWORD = "battery staple correct"


def log_in(app, email, password=PASSWORD):
    """A new session of an account: its tokens."""
    answer = Api(app.test_client()).post("/auth/login", {"email": email, "password": password})
    assert answer.status_code == 200, answer.json
    return answer.json


def somebody(app):
    """The email of a new account."""
    email = f"session{next(numbers)}@example.com"
    person = {"name": "Ada", "email": email, "password": PASSWORD, "role": "customer"}
    assert Api(app.test_client()).post("/auth/register", person).status_code == 201
    return email


def refresh(app, session):
    """The answer to spending a session's refresh token."""
    return Api(app.test_client(), session["refresh_token"]).post("/auth/refresh")


def read(app, session):
    """The answer to using a session's access token."""
    return Api(app.test_client(), session["access_token"]).get("/users/me")


def assert_over(app, session):
    """Neither token of the session works any more."""
    assert_problem(read(app, session), 401, "session_ended")
    assert_problem(refresh(app, session), 401, "session_ended")


def claims(token):
    """What a token says."""
    return jwt.decode(token, options={"verify_signature": False})


def grant_reset(app, email):
    """An account and a token that sets its password, as the mail carries it."""
    accounts = services_of(app)[AccountService]
    return accounts.grant_password_reset(accounts.find_id(email_key(email)))


def reset_password(app, email, password=NEW_PASSWORD):
    """Set a new password by a token as the mail carries it."""
    _, token = grant_reset(app, email)
    return Api(app.test_client()).post("/auth/password-reset/confirm", {"token": token, "new_password": password})
