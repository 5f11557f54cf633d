"""Rate limits, and requests that exceed them."""

from booking_api.accounts import limits
from booking_api.http.rate_limits import Limit

from ..api import Api
from ..asserting import assert_problem
from ..builders import PASSWORD, numbers, person_fields

CREDENTIALS = {"email": "ada@example.com", "password": "wrong horse battery"}


def allow(monkeypatch, name, **limit):
    """Set a limit: `address="3/minute"`."""
    monkeypatch.setattr(limits, name.upper().replace("-", "_"), Limit(name, **limit))


def post(app, path, body, address="192.0.2.1", **headers):
    """POST without a token, from an address, and return the answer."""
    client = app.test_client()
    return client.post(f"/api/v1{path}", json=body, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def registration():
    """Return the body of a new registration."""
    return person_fields(role="organizer")


def somebody(app):
    """Return a client that is logged in to a new account."""
    person = registration()
    assert post(app, "/auth/register", person).status_code == 201
    session = post(app, "/auth/login", {"email": person["email"], "password": PASSWORD}).json
    return Api(app.test_client(), session["access_token"], session["user"])


def bodies(path):
    """Return a function that makes bodies for a path, each for another email."""
    return {
        "/auth/login": lambda: {"email": f"limit{next(numbers)}@example.com", "password": "x"},
        "/auth/register": registration,
        "/auth/password-reset": lambda: {"email": f"limit{next(numbers)}@example.com"},
        "/auth/verify-email": lambda: {"token": "x"},
        "/auth/password-reset/confirm": lambda: {"token": "x", "new_password": PASSWORD},
    }[path]


def assert_too_many(answer, rule, seconds=60):
    """Check that the answer is a 429 that says when to try again."""
    assert_problem(answer, 429, "too_many_requests")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= seconds + 1
    assert answer.headers["RateLimit"] == f'"{rule}";r=0;t={wait}'
