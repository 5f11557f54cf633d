"""Who may call what: every view declares it, and keeps its word."""

import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from booking_api.auth import tokens

from ..apps import SETTINGS
from ..asserting import assert_problem

SECRET = SETTINGS.jwt_secret_key
FOR_ROLE = {
    "organizer": ("organizer", "verified organizer", "owner", "manager", "verified manager", "scanner"),
    "customer": ("customer", "verified customer"),
}
OF_ROLES = tuple(name for names in FOR_ROLE.values() for name in names)
SIGNED_IN = ("signed in", "team", *OF_ROLES)
ACCESS = {"refresh token", "public", "probe", "optional", *SIGNED_IN}


def routes(app, *access):
    """Method and path of the routes with one of these accesses, with an id that nothing has."""
    for rule in app.url_map.iter_rules():
        if app.view_functions[rule.endpoint].access.name in access:
            path = "".join("0" * 24 if dynamic else part for dynamic, part in rule._trace).removeprefix("|")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, path


def call(app, method, path, token=None, scheme="Bearer"):
    """Call a route with a token."""
    headers = {"Authorization": f"{scheme} {token}"} if token is not None else {}
    return app.test_client().open(path, method=method, headers=headers)


def changed(token, key=SECRET, algorithm="HS256", without=None, **claims):
    """A token like this one, signed anew."""
    payload = jwt.decode(token, options={"verify_signature": False}) | claims
    payload.pop(without, None)
    return jwt.encode(payload, key, algorithm)


BAD_TOKENS = {
    "empty": lambda token: "",
    "garbage": lambda token: "garbage",
    "three empty parts": lambda token: "..",
    "not ascii": lambda token: "ключ.ключ.ключ".encode().decode("latin-1"),
    "two tokens": lambda token: f"{token} {token}",
    "cut": lambda token: token[:-4],
    "unsigned": lambda token: changed(token, None, "none"),
    "foreign key": lambda token: changed(token, "another secret of at least thirty-two bytes"),
    "other algorithm": lambda token: changed(token, SECRET.ljust(64, "."), "HS512"),
    "expired": lambda token: changed(token, exp=datetime.now(UTC) - timedelta(seconds=1)),
    "not yet valid": lambda token: changed(token, nbf=datetime.now(UTC) + timedelta(hours=1)),
    "without exp": lambda token: changed(token, without="exp"),
    "exp of no use": lambda token: changed(token, exp="never"),
    "without jti": lambda token: changed(token, without="jti"),
    "without role": lambda token: changed(token, without="role"),
    "unknown role": lambda token: changed(token, role="admin"),
    "role is a list": lambda token: changed(token, role=["customer"]),
    "without subject": lambda token: changed(token, without="sub"),
    "odd subject": lambda token: changed(token, sub="me"),
    "foreign issuer": lambda token: changed(token, iss="somebody"),
    "without issuer": lambda token: changed(token, without="iss"),
}


def test_every_view_declares_its_access(app):
    undeclared = [name for name, view in app.view_functions.items() if view.access.name not in ACCESS]
    assert undeclared == []


def test_the_routes_for_each_access_are_found(app):
    assert ("PATCH", f"/api/v1/events/{'0' * 24}") in routes(app, "manager")
    assert ("POST", "/api/v1/bookings") in routes(app, "verified customer")
    assert ("GET", "/api/v1/users/me") in routes(app, "signed in")
    assert ("GET", f"/api/v1/events/{'0' * 24}") in routes(app, "optional")


def test_without_a_token_only_open_routes_answer(app):
    for method, path in routes(app, *SIGNED_IN):
        response = call(app, method, path)
        assert "Authorization" in assert_problem(response, 401, "token_required")["detail"]
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_a_bad_token_is_refused_by_every_route_that_looks_at_it(app, as_role, kind):
    by_role = {role: as_role(role).token for role in ("organizer", "customer")}
    for access_kind in ("optional", *SIGNED_IN):
        bad = BAD_TOKENS[kind](by_role.get(access_kind.removeprefix("verified "), by_role["customer"]))
        for method, path in routes(app, access_kind):
            response = call(app, method, path, bad)
            code = response.json.get("code")
            assert code in {"token_invalid", "token_expired", "token_required"}, (method, path, response.json)
            assert_problem(response, 401, code)
            assert response.headers["WWW-Authenticate"] == "Bearer"


def test_every_route_that_looks_at_a_token_says_that_its_session_has_ended(app, as_role):
    customer = as_role("customer")
    assert customer.post("/auth/logout").status_code == 204
    for method, path in routes(app, "optional", *SIGNED_IN):
        response = call(app, method, path, customer.token)
        assert_problem(response, 401, "session_ended")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_called_expired(app, as_role):
    token = BAD_TOKENS["expired"](as_role("customer").token)
    assert_problem(call(app, "GET", "/api/v1/users/me", token), 401, "token_expired")


def test_a_token_that_was_accepted_before_is_refused_once_it_has_expired(as_role, monkeypatch):
    customer = as_role("customer")
    assert customer.get("/users/me").status_code == 200
    expiry = time.time() + tokens.ACCESS_TOKEN_LIFE.total_seconds()
    with monkeypatch.context() as patched:
        patched.setattr(tokens.time, "time", lambda: expiry + 1)
        assert_problem(customer.get("/users/me"), 401, "token_expired")
    assert customer.get("/users/me").status_code == 200


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_of_a_machine_whose_clock_is_ahead_by_up_to_30_seconds_is_good(app, as_role, client, kind, claim):
    method, path, token = route_and_token(as_role, client, kind)
    now = time.time()
    assert call(app, method, path, changed(token, **{claim: int(now) + 60})).status_code == 401
    for seconds in (29, 2):
        assert call(app, method, path, changed(token, **{claim: int(now) + seconds})).status_code == 200


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_token_is_refused_the_moment_it_expires(app, as_role, client, kind, monkeypatch):
    method, path, token = route_and_token(as_role, client, kind)
    expiry = int(time.time()) + 20  # PyJWT has a clock of its own, by which this one lives on
    late = changed(token, exp=expiry)
    with monkeypatch.context() as patched:
        patched.setattr(tokens.time, "time", lambda: expiry)
        assert_problem(call(app, method, path, late), 401, "token_expired")
        patched.setattr(tokens.time, "time", lambda: expiry - 0.001)
        assert call(app, method, path, late).status_code == 200
    gone = changed(token, exp=int(time.time()) - 1)
    assert_problem(call(app, method, path, gone), 401, "token_expired")


def route_and_token(as_role, client, kind):
    """A route for a kind of token, and such a token."""
    as_role("customer", email="ada@example.com")
    session = client.post("/auth/login", {"email": "ada@example.com", "password": "correct horse battery"}).json
    path = "/api/v1/users/me" if kind == "access" else "/api/v1/auth/refresh"
    return "GET" if kind == "access" else "POST", path, session[f"{kind}_token"]


def test_of_the_tokens_that_were_accepted_only_so_many_are_kept(app, as_role):
    kept = app.extensions[tokens.VERIFIED]
    customer = as_role("customer")
    for number in range(3):
        token = changed(customer.token, jti=f"{number}")
        for _ in range(2):
            assert call(app, "GET", "/api/v1/users/me", token).status_code == 200
    assert call(app, "GET", "/api/v1/users/me", "forged").status_code == 401
    assert (kept.cache_info().hits, kept.cache_info().currsize) == (3, 3)
    assert kept.cache_info().maxsize == tokens.VERIFIED_TOKENS


@pytest.mark.parametrize(
    "spaces",
    ["", " ", " " * 7000, "\t", "\t \t", " \xa0 "],
    ids=["none", "one", "many", "tab", "tabs", "no-break"],
)
def test_a_token_is_remembered_once_however_many_spaces_come_with_it(app, customer, spaces):
    kept = app.extensions[tokens.VERIFIED]
    for header in (f"Bearer {customer.token}", f"bEaReR{spaces or ' '}{customer.token}{spaces}"):
        assert app.test_client().get("/api/v1/users/me", headers={"Authorization": header}).status_code == 200
    assert kept.cache_info().currsize == 1


def test_a_refresh_token_is_no_access_token(app, as_role, client):
    user = as_role("customer", email="ada@example.com").user
    credentials = {"email": user["email"], "password": "correct horse battery"}
    refresh_token = client.post("/auth/login", credentials).json["refresh_token"]
    for method, path in routes(app, "optional", *SIGNED_IN):
        assert_problem(call(app, method, path, refresh_token), 401, "token_invalid")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_a_token_goes_by_the_bearer_scheme(app, as_role, scheme):
    response = call(app, "GET", "/api/v1/users/me", as_role("customer").token, scheme)
    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"


def test_a_token_is_not_taken_from_the_query_or_a_cookie(app, as_role):
    token = as_role("customer").token
    client = app.test_client()
    for name in ("jwt", "token", "access_token", "access_token_cookie"):
        client.set_cookie(name, token)
        assert client.get("/api/v1/users/me", query_string={name: token}).status_code == 401


@pytest.mark.parametrize(("role", "other"), [("organizer", "customer"), ("customer", "organizer")])
def test_the_other_role_is_forbidden(app, as_role, role, other):
    token = as_role(role).token
    for method, path in routes(app, *FOR_ROLE[other]):
        assert_problem(call(app, method, path, token), 403, "wrong_role")
    for method, path in routes(app, "signed in", "team", *FOR_ROLE[role]):
        assert call(app, method, path, as_role(role).token).status_code not in (401, 403), (method, path)


def test_a_role_cannot_be_claimed_by_a_token_signed_elsewhere(app, as_role):
    token = changed(as_role("customer").token, "another secret of at least thirty-two bytes", role="organizer")
    assert_problem(call(app, "POST", "/api/v1/events", token), 401, "token_invalid")


@pytest.mark.parametrize("kind", ["garbage", "expired", "foreign key"])
def test_a_bad_token_does_not_bar_the_way_to_what_is_public(app, as_role, kind):
    token = BAD_TOKENS[kind](as_role("customer").token)
    for method, path in routes(app, "public", "probe"):
        assert call(app, method, path, token).status_code != 401
