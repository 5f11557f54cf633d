"""What answers say to browsers, caches and other sites, and what they keep to themselves."""

import re

import pytest

from booking_api.accounts.service import AccountService
from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import make_event, sign_up

SHOP = "https://shop.example.com"
# In lower case and sorted, as browsers ask for them
SENT_BY_A_SHOP = (
    *("authorization", "baggage", "cache-control", "content-type", "idempotency-key", "if-match", "if-none-match"),
    *("sentry-trace", "traceparent", "tracestate", "x-request-id"),
)
READ_BY_A_SHOP = {
    *("Allow", "Content-Disposition", "Date", "ETag", "Idempotent-Replayed", "Location", "RateLimit"),
    *("RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-ID"),
}
PAGES = ["/docs", "/problems", "/problems/sold_out"]
EVERYWHERE = [
    *PAGES,
    "/",
    "/healthz",
    "/openapi.json",
    "/docs/own/docs.js",
    "/api/v1/events",
    "/nothing",
    "/api/v1/users/me",
]
NOBODY = "0" * 24


@pytest.fixture
def shop(outgoing, clock):
    """An app that a shop's pages may call."""
    return mongomock_app(clock, outgoing, cors_origins=(SHOP, "http://localhost:5173"))


def cors(answer):
    """The headers by which an answer lets other sites in."""
    return {name for name, _ in answer.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_forbids_to_guess_its_type_and_to_tell_where_one_comes_from(client, path):
    answer = client.client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_private_answer_is_not_to_be_kept(client, as_role):
    ada = as_role("organizer")
    event = make_event(ada, status="draft")
    private = [
        ada.get("/users/me"),
        ada.get(f"/events/{event['id']}"),
        ada.get("/users/me/events"),
        ada.get("/bookings"),
        ada.get("/users/me", query_string={"x": 1}),
        client.post("/auth/login", {"email": "a@example.com", "password": "x"}),
        client.post("/auth/login", {"email": ada.user["email"], "password": "correct horse battery"}),
        client.post("/auth/password-reset", {"email": ada.user["email"]}),
    ]
    assert {answer.headers.get("Cache-Control") for answer in private} == {"no-store"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_scripts_from_here_alone(client, path):
    policy = client.client.get(path).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "http" not in policy
    page = client.client.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+\s*=|javascript:", page)


def test_a_browser_is_told_to_stay_with_https_where_it_came_by_it(client):
    for path in EVERYWHERE:
        secure = client.client.get(path, base_url="https://booking.example.com")
        assert int(secure.headers["Strict-Transport-Security"].removeprefix("max-age=")) >= 31536000
        assert "Strict-Transport-Security" not in client.client.get(path).headers


def test_a_trusted_proxy_says_that_a_request_came_by_https(clock, outgoing):
    for hops, expected in ((0, False), (1, True)):
        app = mongomock_app(clock, outgoing, trusted_proxy_hops=hops)
        answer = app.test_client().get("/healthz", headers={"X-Forwarded-Proto": "https"})
        assert ("Strict-Transport-Security" in answer.headers) is expected


def test_without_a_setting_no_other_site_is_let_in(client):
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
        assert cors(client.client.open("/api/v1/events", method=method, headers=headers)) == set()


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:5173"])
def test_a_configured_site_may_read_answers_and_refusals(shop, origin):
    for path, status in (("/api/v1/events", 200), ("/api/v1/users/me", 401), ("/api/v1/nothing", 404)):
        answer = shop.test_client().get(path, headers={"Origin": origin})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")} == READ_BY_A_SHOP


@pytest.mark.parametrize("origin", [None, SHOP, "https://evil.example.com"])
@pytest.mark.parametrize("origins", [(SHOP,), (SHOP, "http://localhost:5173")])
def test_a_cache_keeps_the_answers_to_each_site_apart(clock, outgoing, origins, origin):
    app = mongomock_app(clock, outgoing, cors_origins=origins)
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"} if origin else {}
        for path in ("/api/v1/events", "/api/v1/users/me", "/api/v1/nothing"):
            answer = app.test_client().open(path, method=method, headers=headers)
            assert [name.strip() for name in ",".join(answer.headers.getlist("Vary")).split(",")].count("Origin") == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_a_configured_site_may_ask_beforehand_without_a_token(shop, method):
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ", ".join(SENT_BY_A_SHOP),
    }
    answer = shop.test_client().options(f"/api/v1/events/{NOBODY}", headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip() for name in answer.headers["Access-Control-Allow-Headers"].lower().split(",")}
    assert allowed == set(SENT_BY_A_SHOP)
    assert "X-Content-Type-Options" in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "http://shop.example.com",
        "https://shop.example.com.evil.org",
        "https://evilshop.example.com",
        "https://shop-example.com",
        "https://shopXexample.com",
        "https://shop.example.com:8443",
        "https://a.shop.example.com",
        "null",
        "*",
    ],
)
def test_another_site_is_not_let_in(shop, origin):
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = shop.test_client().open("/api/v1/events", method=method, headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers


def routes(app):
    """Method, path and access of each route of the API, with an id that nothing has."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", NOBODY, rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            if path.startswith("/api/"):
                yield method, path, app.view_functions[rule.endpoint].access.name


@pytest.mark.parametrize(
    "query", ["surprise=1", "surprise", "limit=1&surprise=1", "limit[$gt]=1", "%ff=1", "__proto__=1"]
)
def test_an_unknown_query_parameter_is_refused_by_every_route(app, query):
    tokens = {role: sign_up(app, role).token for role in ("organizer", "customer")}
    tokens |= {f"verified {role}": token for role, token in tokens.items()}
    tokens |= {"signed in": tokens["customer"], "optional": None, "public": None}
    tokens |= dict.fromkeys(("team", "owner", "manager", "verified manager", "scanner"), tokens["organizer"])
    for method, path, access in routes(app):
        if access == "refresh token":
            continue
        token = tokens[access]
        body = {} if method in ("POST", "PUT", "PATCH") else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = app.test_client().open(f"{path}?{query}", method=method, headers=headers, json=body)
        assert_problem(answer, 422, "validation_failed")


def test_who_may_ask_is_settled_before_what_was_asked(app):
    customer, organizer = sign_up(app, "customer"), sign_up(app, "organizer")
    for method, path, access in routes(app):
        if access not in ("optional", "public"):
            answer = app.test_client().open(f"{path}?surprise=1", method=method, data="{", content_type="text/plain")
            assert_problem(answer, 401, "token_required")
        if access not in ("optional", "public", "refresh token", "signed in", "team"):
            other = organizer if access.endswith("customer") else customer
            headers = {"Authorization": f"Bearer {other.token}"}
            answer = app.test_client().open(f"{path}?surprise=1", method=method, data="{", headers=headers)
            assert_problem(answer, 403, "wrong_role")


def test_outside_the_api_a_query_is_not_minded(client):
    for path in ("/", "/healthz", "/docs", "/openapi.json"):
        assert client.client.get(path, query_string={"utm_source": "x"}).status_code == 200


def test_a_failure_says_nothing_of_what_is_inside(app, client, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("secret detail in /srv/booking_api/events/service.py")

    monkeypatch.setattr(services_of(app)[AccountService], "login", fail)
    answer = client.post("/auth/login", {"email": "a@example.com", "password": "x"})
    assert_problem(answer, 500, "internal_error")
    said = answer.text + str(answer.headers)
    assert not re.search(r"secret|Traceback|RuntimeError|\.py|werkzeug|flask|python|\d+\.\d+\.\d+", said, re.IGNORECASE)


def test_no_answer_names_the_software_behind_it(client):
    for path in EVERYWHERE:
        answer = client.client.get(path)
        assert "X-Powered-By" not in answer.headers
        assert not re.search(r"werkzeug|gunicorn|python/|flask/", str(answer.headers), re.IGNORECASE)


def test_a_callers_own_token_is_never_echoed(app, as_role):
    ada = as_role("customer")
    for path in ("/users/me", "/nothing", "/bookings", "/users/me?x=1"):
        assert ada.token not in Api(app.test_client(), ada.token).get(path).text
