"""Accounts and their sessions: log in, refresh, reset the password, and check that a session is over."""

import jwt

from booking_api.accounts.rules import email_key
from booking_api.accounts.service import AccountService
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import PASSWORD, numbers, person_fields

NEW_PASSWORD = "battery staple correct"


def log_in(app, email, password=PASSWORD):
    """Log in, and return the tokens of the new session."""
    answer = Api(app.test_client()).post("/auth/login", {"email": email, "password": password})
    assert answer.status_code == 200, answer.json
    return answer.json


def new_account(app):
    """Register an account and return its email."""
    email = f"session{next(numbers)}@example.com"
    assert Api(app.test_client()).post("/auth/register", person_fields(email=email)).status_code == 201
    return email


def refresh(app, session):
    """Send the refresh token of a session, and return the answer."""
    return Api(app.test_client(), session["refresh_token"]).post("/auth/refresh")


def read(app, session):
    """Send the access token of a session, and return the answer."""
    return Api(app.test_client(), session["access_token"]).get("/users/me")


def assert_over(app, session):
    """Check that neither token of the session works any more."""
    assert_problem(read(app, session), 401, "session_ended")
    assert_problem(refresh(app, session), 401, "session_ended")


def claims(token):
    """Return the claims of a token, unverified."""
    return jwt.decode(token, options={"verify_signature": False})


def grant_reset(app, email):
    """Return an account and the token for its password reset, as the mail has it."""
    accounts = services_of(app)[AccountService]
    return accounts.grant_password_reset(accounts.find_id(email_key(email)))


def reset_password(app, email, password=NEW_PASSWORD):
    """Set a new password with a token as the mail has it."""
    _, token = grant_reset(app, email)
    return Api(app.test_client()).post("/auth/password-reset/confirm", {"token": token, "new_password": password})
