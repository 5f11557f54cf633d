"""How often one may ask: counted together by all workers, before the work, and never in the way of the service."""

import pytest
from limits import parse
from pymongo.errors import AutoReconnect

from booking_api.accounts import rules, service
from booking_api.http import rate_limits
from booking_api.http.rate_limits import Limits
from booking_api.http.services import services_of

from ..builders import event_fields
from .rate_limited import CREDENTIALS, allow, assert_too_many, bodies, post, registration, somebody


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/auth/login", "login"),
        ("/auth/register", "register"),
        ("/auth/password-reset", "password-reset"),
        ("/auth/password-reset/confirm", "password-reset-confirm"),
        ("/auth/verify-email", "verify-email"),
    ],
)
def test_an_address_is_limited_over_all_accounts_and_workers(make_app, monkeypatch, path, rule):
    allow(monkeypatch, rule, address="4/minute")
    workers, body = [make_app(), make_app()], bodies(path)
    allowed = [post(workers[turn % 2], path, body()) for turn in range(4)]
    assert 429 not in [answer.status_code for answer in allowed]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in allowed] == ["r=3", "r=2", "r=1", "r=0"]
    assert {answer.headers["RateLimit-Policy"] for answer in allowed} == {f'"{rule}";q=4;w=60'}
    for app in workers:
        assert_too_many(post(app, path, body()), rule)
    assert post(workers[0], path, body(), address="192.0.2.2").status_code != 429


def test_an_account_is_limited_wherever_the_requests_come_from(make_app, monkeypatch):
    allow(monkeypatch, "login", address="1000/minute", subject="3/minute")
    workers, body = [make_app(), make_app()], bodies("/auth/login")
    victim = body()
    for turn in range(3):
        assert post(workers[turn % 2], "/auth/login", victim, address=f"192.0.2.{turn}").status_code == 401
    assert_too_many(post(workers[0], "/auth/login", victim, address="192.0.2.9"), "login")
    assert post(workers[1], "/auth/login", body(), address="192.0.2.9").status_code == 401


@pytest.mark.parametrize(("path", "rule"), [("/auth/login", "login"), ("/auth/register", "register")])
def test_an_address_is_limited_for_each_account_and_others_are_not(make_app, monkeypatch, path, rule):
    allow(monkeypatch, rule, address="1000/minute", pair="3/minute")
    workers, body = [make_app(), make_app()], bodies(path)()
    for turn in range(3):
        assert post(workers[turn % 2], path, body).status_code != 429
    for app in workers:
        assert_too_many(post(app, path, body), rule)
    assert post(workers[0], path, body, address="192.0.2.9").status_code != 429
    assert post(workers[1], path, bodies(path)()).status_code != 429


@pytest.mark.parametrize("kind", ["pair", "subject"])
@pytest.mark.parametrize("spelling", ["ADA@example.com", "ａda@example.com", "𝐚𝐝𝐚@example.com"])
def test_another_spelling_of_the_same_email_is_the_same_account(worker, monkeypatch, spelling, kind):
    allow(monkeypatch, "login", **{kind: "1/minute"})
    body = bodies("/auth/login")()
    post(worker, "/auth/login", body | {"email": "ada@example.com"})
    assert service.email_key(spelling) == "ada@example.com"
    assert_too_many(post(worker, "/auth/login", body | {"email": spelling}), "login")


def test_a_password_change_is_limited_for_each_account(worker, monkeypatch):
    allow(monkeypatch, "password", subject="2/minute")
    ada, bob = somebody(worker), somebody(worker)
    body = {"current_password": "wrong horse battery", "new_password": "battery staple correct"}
    assert [ada.post("/users/me/password", body).status_code for _ in range(2)] == [422, 422]
    assert_too_many(ada.post("/users/me/password", body), "password")
    assert bob.post("/users/me/password", body).status_code == 422


def test_guessing_the_password_by_changing_the_email_is_limited_before_any_bcrypt(worker, monkeypatch):
    counted, work = [], rules.password_matches
    monkeypatch.setattr(rules, "password_matches", lambda *args: counted.append(1) or work(*args))
    allow(monkeypatch, "password", subject="2/minute")
    ada, bob = somebody(worker), somebody(worker)
    counted.clear()  # of their logins
    body = {"email": "new@example.com", "password": "wrong horse battery"}
    assert [ada.post("/users/me/email", body).status_code for _ in range(2)] == [422, 422]
    assert_too_many(ada.post("/users/me/email", body), "password")
    assert len(counted) == 2
    change = {"current_password": "wrong horse battery", "new_password": "battery staple correct"}
    assert_too_many(ada.post("/users/me/password", change), "password")  # both are counted together
    assert bob.post("/users/me/email", body).status_code == 422


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/auth/password-reset/confirm"])
def test_what_is_refused_costs_no_bcrypt(worker, monkeypatch, path):
    counted = []
    for module, name in ((service, "hash_password"), (rules, "password_matches")):
        work = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, work=work: counted.append(1) or work(*args))
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
    monkeypatch.setattr(rate_limits, name.upper(), parse("3/second"))
    body = {"name": "A"} if method == "PATCH" else None
    assert [ada.call(method, "/users/me", body).status_code for _ in range(3)] == [200] * 3
    assert_too_many(ada.call(method, "/users/me", body), name)
    assert bob.call(method, "/users/me", body).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/events", f"/api/v1/events/{'0' * 24}", "/openapi.json"])
def test_who_is_not_signed_in_is_limited_by_address(worker, monkeypatch, path):
    monkeypatch.setattr(rate_limits, "READS", parse("2/second"))

    def read(address):
        return worker.test_client().get(path, environ_overrides={"REMOTE_ADDR": address})

    assert [read("192.0.2.1").status_code == 429 for _ in range(2)] == [False] * 2
    assert_too_many(read("192.0.2.1"), "reads")
    assert read("192.0.2.2").status_code != 429


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_of_the_platform_is_never_refused(worker, monkeypatch, path):
    monkeypatch.setattr(rate_limits, "READS", parse("1/second"))
    assert [worker.test_client().get(path).status_code for _ in range(3)] == [200] * 3


def test_in_the_next_second_a_caller_may_ask_again(worker, monkeypatch, second):
    ada = somebody(worker)
    monkeypatch.setattr(rate_limits, "READS", parse("1/second"))
    assert [ada.get("/users/me").status_code for _ in range(2)] == [200, 429]
    second.number += 1
    assert [ada.get("/users/me").status_code for _ in range(2)] == [200, 429]


def test_reads_and_writes_are_counted_apart(worker, monkeypatch):
    ada = somebody(worker)
    monkeypatch.setattr(rate_limits, "READS", parse("1/second"))
    assert [ada.get("/users/me").status_code for _ in range(2)] == [200, 429]
    assert ada.post("/events", event_fields()).status_code == 201


def test_a_write_and_a_read_cost_the_limits_no_database_work(worker, monkeypatch):
    ada = somebody(worker)

    def fail(*_args):
        raise AssertionError("The shared counters were asked.")

    monkeypatch.setattr(services_of(worker)[Limits]._shared, "hit", fail)
    assert ada.post("/events", event_fields()).status_code == 201
    assert ada.get("/users/me").status_code == 200
    assert worker.test_client().get("/api/v1/events").status_code == 200


def test_a_dead_store_of_the_limits_leaves_each_worker_to_count_for_itself(make_app, monkeypatch):
    allow(monkeypatch, "login", address="1000/minute", subject="2/minute")
    workers = [make_app(), make_app()]

    def fail(*_args, **_options):
        raise AutoReconnect("gone")

    for app in workers:
        monkeypatch.setattr(services_of(app)[Limits]._shared, "hit", fail)
    for app in workers:
        assert [post(app, "/auth/login", CREDENTIALS).status_code for _ in range(3)] == [401, 401, 429]
    assert somebody(workers[0]).get("/users/me").status_code == 200
