"""Requests of those who ask too often, for the tests of the limits."""

from limits import parse

from booking_api.http import rate_limits

from ..api import Api
from ..asserting import assert_problem
from ..builders import numbers

PASSWORD = "correct horse battery"
CREDENTIALS = {"email": "ada@example.com", "password": "wrong horse battery"}


def allow(monkeypatch, rule, **limit):
    """Set the limits of a rule: `address="3/minute"`."""
    monkeypatch.setitem(rate_limits.RULES, rule, {kind: parse(text) for kind, text in limit.items()})


def post(app, path, body, address="192.0.2.1", **headers):
    """POST as nobody, from an address."""
    client = app.test_client()
    return client.post(f"/api/v1{path}", json=body, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def registration():
    """Somebody new."""
    return {"name": "Ada", "email": f"limit{next(numbers)}@example.com", "password": PASSWORD, "role": "organizer"}


def somebody(app):
    """Somebody new who is signed in."""
    person = registration()
    assert post(app, "/auth/register", person).status_code == 201
    session = post(app, "/auth/login", {"email": person["email"], "password": PASSWORD}).json
    return Api(app.test_client(), session["access_token"], session["user"])


def bodies(path):
    """Ever other bodies for a path, each of which is answered when there is no limit."""
    return {
        "/auth/login": lambda: {"email": f"limit{next(numbers)}@example.com", "password": "x"},
        "/auth/register": registration,
        "/auth/password-reset": lambda: {"email": f"limit{next(numbers)}@example.com"},
        "/auth/verify-email": lambda: {"token": "x"},
        "/auth/password-reset/confirm": lambda: {"token": "x", "new_password": PASSWORD},
    }[path]


def assert_too_many(answer, rule, seconds=60):
    """The answer is a 429 that says when to come again."""
    assert_problem(answer, 429, "too_many_requests")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= seconds + 1
    assert answer.headers["RateLimit"] == f'"{rule}";r=0;t={wait}'
