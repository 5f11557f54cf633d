"""How often one may ask: counted together by all workers, before the work, and never in the way of the service."""

from dataclasses import replace

import pytest
from limits import parse
from pymongo.errors import AutoReconnect

from booking_api import create_app, now
from booking_api.accounts import service
from booking_api.web import limits
from booking_api.web.services import EXTENSION

from ..conftest import SETTINGS, Api, assert_problem, event_fields, numbers

LIMITED = replace(SETTINGS, ratelimit_enabled=True)
PASSWORD = "correct horse battery"
CREDENTIALS = {"email": "ada@example.com", "password": "wrong horse battery"}


@pytest.fixture
def make_app(database, outgoing):
    """Starts workers on the same database."""

    def make(**settings):
        made = create_app(replace(LIMITED, **settings), database=database, sender=outgoing, clock=now)
        made.extensions[EXTENSION]["stores"].ensure_indexes()
        return made

    return make


@pytest.fixture
def worker(make_app):
    """One worker."""
    return make_app()


def allow(monkeypatch, rule, **limit):
    """Set the limits of a rule: `address="3/minute"`."""
    monkeypatch.setitem(limits.RULES, rule, {kind: parse(text) for kind, text in limit.items()})


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
        "/auth/password-reset/confirm": lambda: {"token": "x", "new_password": PASSWORD},
    }[path]


def assert_too_many(answer, rule, seconds=60):
    """The answer is a 429 that says when to come again."""
    assert_problem(answer, 429, "too_many_requests")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= seconds + 1
    assert answer.headers["RateLimit"] == f'"{rule}";r=0;t={wait}'


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/auth/login", "login"),
        ("/auth/register", "register"),
        ("/auth/password-reset", "password-reset"),
        ("/auth/password-reset/confirm", "password-reset-confirm"),
    ],
)
def test_an_address_is_limited_whatever_accounts_it_names_and_whichever_worker_it_asks(
    make_app, monkeypatch, path, rule
):
    allow(monkeypatch, rule, address="4/minute")
    workers, body = [make_app(), make_app()], bodies(path)
    allowed = [post(workers[turn % 2], path, body()) for turn in range(4)]
    assert 429 not in [answer.status_code for answer in allowed]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in allowed] == ["r=3", "r=2", "r=1", "r=0"]
    assert {answer.headers["RateLimit-Policy"] for answer in allowed} == {f'"{rule}";q=4;w=60'}
    for app in workers:
        assert_too_many(post(app, path, body()), rule)
    assert post(workers[0], path, body(), address="192.0.2.2").status_code != 429


@pytest.mark.parametrize(("path", "rule"), [("/auth/login", "login"), ("/auth/password-reset", "password-reset")])
def test_an_account_is_limited_wherever_the_requests_come_from(make_app, monkeypatch, path, rule):
    allow(monkeypatch, rule, address="1000/minute", account="3/minute")
    workers, body = [make_app(), make_app()], bodies(path)()
    for turn in range(3):
        assert post(workers[turn % 2], path, body, address=f"192.0.2.{turn}").status_code != 429
    assert_too_many(post(workers[0], path, body, address="192.0.2.9"), rule)
    assert post(workers[1], path, bodies(path)(), address="192.0.2.9").status_code != 429


@pytest.mark.parametrize("spelling", ["ADA@example.com", "ａda@example.com", "𝐚𝐝𝐚@example.com"])
@pytest.mark.parametrize(("path", "rule"), [("/auth/login", "login"), ("/auth/password-reset", "password-reset")])
def test_another_spelling_of_the_same_email_is_the_same_account(worker, monkeypatch, spelling, path, rule):
    allow(monkeypatch, rule, account="1/minute")
    body = bodies(path)()
    post(worker, path, body | {"email": "ada@example.com"})
    assert service.email_key(spelling) == "ada@example.com"
    assert_too_many(post(worker, path, body | {"email": spelling}), rule)


def test_a_password_change_is_limited_for_each_account(worker, monkeypatch):
    allow(monkeypatch, "password", account="2/minute")
    ada, bob = somebody(worker), somebody(worker)
    body = {"current_password": "wrong horse battery", "new_password": "battery staple correct"}
    assert [ada.post("/users/me/password", body).status_code for _ in range(2)] == [422, 422]
    assert_too_many(ada.post("/users/me/password", body), "password")
    assert bob.post("/users/me/password", body).status_code == 422


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/auth/password-reset/confirm"])
def test_what_is_refused_costs_no_bcrypt(worker, monkeypatch, path):
    counted = []
    for name in ("hash_password", "password_matches"):
        work = getattr(service, name)
        monkeypatch.setattr(service, name, lambda *args, work=work: counted.append(1) or work(*args))
    allow(monkeypatch, path.removeprefix("/auth/").replace("/", "-"), address="2/minute")
    body = bodies(path)
    statuses = [post(worker, path, body()).status_code for _ in range(10)]
    assert statuses[2:] == [429] * 8
    assert len(counted) == 2


def test_the_limits_as_they_are_leave_a_person_room_and_stop_a_guesser(worker):
    statuses = [post(worker, "/auth/login", CREDENTIALS).status_code for _ in range(30)]
    assert statuses == [401] * 20 + [429] * 10


def test_what_is_refused_for_its_frequency_is_not_kept_under_its_key(worker, monkeypatch):
    allow(monkeypatch, "register", address="1/minute")
    person = registration()
    post(worker, "/auth/register", registration())
    assert_too_many(post(worker, "/auth/register", person, **{"Idempotency-Key": "k"}), "register")
    allow(monkeypatch, "register", address="1000/minute")
    answer = post(worker, "/auth/register", person, **{"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize(("name", "method"), [("reads", "GET"), ("writes", "PATCH")])
def test_a_caller_is_limited_in_each_worker_apart_from_others(worker, monkeypatch, name, method):
    ada, bob = somebody(worker), somebody(worker)
    monkeypatch.setattr(limits, name.upper(), parse("3/minute"))
    body = {"name": "A"} if method == "PATCH" else None
    assert [ada.call(method, "/users/me", body).status_code for _ in range(3)] == [200] * 3
    assert_too_many(ada.call(method, "/users/me", body), name)
    assert bob.call(method, "/users/me", body).status_code == 200


def test_reads_and_writes_are_counted_apart(worker, monkeypatch):
    ada = somebody(worker)
    monkeypatch.setattr(limits, "READS", parse("1/minute"))
    assert [ada.get("/users/me").status_code for _ in range(2)] == [200, 429]
    assert ada.post("/events", event_fields()).status_code == 201


def test_a_write_and_a_read_cost_the_limits_no_database_work(worker, monkeypatch):
    ada = somebody(worker)

    def fail(*_args):
        raise AssertionError("The shared counters were asked.")

    monkeypatch.setattr(worker.extensions[EXTENSION]["limits"]._shared, "hit", fail)
    assert ada.post("/events", event_fields()).status_code == 201
    assert ada.get("/users/me").status_code == 200


def test_a_dead_store_of_the_limits_leaves_each_worker_to_count_for_itself(make_app, monkeypatch):
    allow(monkeypatch, "login", address="1000/minute", account="2/minute")
    workers = [make_app(), make_app()]

    def fail(*_args, **_options):
        raise AutoReconnect("gone")

    for app in workers:
        monkeypatch.setattr(app.extensions[EXTENSION]["limits"]._shared, "hit", fail)
    for app in workers:
        assert [post(app, "/auth/login", CREDENTIALS).status_code for _ in range(3)] == [401, 401, 429]
    assert somebody(workers[0]).get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("hops", "given", "counted"),
    [
        (0, "203.0.113.1", "192.0.2.1"),
        (0, "203.0.113.1, 203.0.113.2", "192.0.2.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "198.51.100.7, 203.0.113.1", "203.0.113.1"),
        (2, "198.51.100.7, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
    ],
)
def test_an_address_is_the_one_that_the_last_trusted_proxy_saw(make_app, monkeypatch, hops, given, counted):
    allow(monkeypatch, "login", address="1/minute")
    app, plain = make_app(trusted_proxy_hops=hops), make_app()
    assert post(app, "/auth/login", CREDENTIALS, **{"X-Forwarded-For": given}).status_code == 401
    assert_too_many(post(plain, "/auth/login", CREDENTIALS, address=counted), "login")


def test_a_caller_cannot_escape_by_naming_other_addresses(make_app, monkeypatch):
    allow(monkeypatch, "login", address="1/minute")
    for hops, real in ((0, None), (1, "203.0.113.1")):
        app = make_app(trusted_proxy_hops=hops)
        for turn in range(3):
            claimed = ", ".join(filter(None, [f"198.51.100.{turn}", real]))
            headers = {"X-Forwarded-For": claimed, "X-Real-IP": claimed, "Forwarded": f"for={claimed}"}
            status = post(app, "/auth/login", CREDENTIALS, **headers).status_code
            assert status == (429 if turn else 401)
