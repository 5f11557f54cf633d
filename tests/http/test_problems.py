"""Every error is a problem document, and every problem has a page."""

import html
import json
import re

import pytest
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure, ServerSelectionTimeoutError

from booking_api.errors import Problem
from booking_api.events.service import EventService
from booking_api.http.problems import codes, explain
from booking_api.http.services import services_of

from ..asserting import assert_problem

REGISTER = "/api/v1/auth/register"


def send(client, raw, content_type="application/json", path=REGISTER):
    return client.client.post(path, data=raw, content_type=content_type)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/events/",
        "/api/v2/events",
        "/api/v1/events/x",
        f"/api/v1/events/{'A' * 24}",
        f"/api/v1/events/{'0' * 23}",
        f"/api/v1/events/{'0' * 25}",
        f"/api/v1/events/{'0' * 24}%00",
        f"/api/v1/events/{'0' * 24}%0A",
        f"/api/v1/bookings/{'g' * 24}/cancel",
        "/problems/nothing",
        "/problems/<b>%ff",
        "/docs/assets/nothing.js",
        "/docs/assets/..%2f..%2f__init__.py",
    ],
)
def test_an_unknown_path_is_not_found(client, path):
    assert_problem(client.client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/events", {"GET", "POST", "HEAD", "OPTIONS"}),
        ("POST", f"/api/v1/events/{'0' * 24}", {"GET", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/v1/users/me", {"GET", "PATCH", "HEAD", "OPTIONS"}),
        ("GET", "/api/v1/auth/login", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_hears_which_are_allowed(client, method, path, allowed):
    response = client.client.open(path, method=method)
    assert_problem(response, 405, "method_not_allowed")
    assert {method.strip() for method in response.headers["Allow"].split(",")} == allowed


def test_a_body_above_one_megabyte_is_too_large(client):
    assert_problem(send(client, b'"' + b"x" * 1_000_000 + b'"'), 413, "body_too_large")
    assert_problem(send(client, b'"' + b"x" * 900_000 + b'"'), 422, "validation_failed")


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
def test_a_body_must_say_that_it_is_json(client, content_type):
    assert_problem(send(client, b"{}", content_type), 415, "unsupported_media_type")


def test_json_may_name_its_charset(client):
    assert_problem(send(client, b"{}", "application/json; charset=utf-8"), 422, "validation_failed")


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"name": "\\ud800"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\xff"}',
        b'{"name": "\x00"}',
        b'{"name": 1,}',
        b'{"name": 1} {"name": 2}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "{}".encode("utf-16"),
        b" ",
    ],
)
def test_what_is_not_json_is_malformed(client, raw):
    assert_problem(send(client, raw), 400, "malformed_json")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"text"', b"1", b"true", b"[[]]", b""])
def test_json_that_is_no_object_is_not_acceptable(client, raw):
    problem = assert_problem(send(client, raw), 422, "validation_failed")
    assert all(isinstance(messages, list) for messages in problem["errors"].values())


def test_an_unknown_field_is_refused(client):
    body = {"email": "ada@example.com", "password": "x", "remember": True}
    problem = assert_problem(client.post("/auth/login", body), 422, "validation_failed")
    assert problem["errors"] == {"remember": ["Unknown field."]}


def test_an_unknown_field_is_refused_where_there_is_none_to_send(as_role):
    organizer = as_role("organizer")
    body = {"title": "x", "description": "", "date": "2031-01-01T00:00:00Z", "total_tickets": 1, "status": "draft"}
    event = organizer.post("/events", body).json
    problem = assert_problem(organizer.post(f"/events/{event['id']}/publish", {"at": "noon"}), 422, "validation_failed")
    assert problem["errors"].keys() == {"at"}


def test_a_type_is_the_address_of_a_page_about_the_code(client):
    problem = assert_problem(client.get("/nothing"), 404, "not_found")
    assert problem["type"] == "http://localhost/problems/not_found"
    page = client.client.get(problem["type"])
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "not_found" in page.text


@pytest.mark.parametrize("code", codes())
def test_every_code_says_what_happened_and_what_to_do(client, code):
    title, happened, remedy = explain(code)
    page = client.client.get(f"/problems/{code}")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    words = re.sub(r"</?code>", "`", html.unescape(page.text))
    for sentences in (title, happened, remedy):
        assert len(sentences) >= 9 and sentences in words
    assert happened.endswith(".") and remedy.endswith(".")
    assert f'href="/problems/{code}"' in client.client.get("/problems").text


@pytest.mark.parametrize("kind", Problem.registry.values(), ids=Problem.registry)
def test_every_kind_of_problem_has_an_explanation_of_its_own(kind):
    assert kind.title
    assert all(kind.explanation()) and kind.explanation() != kind.__mro__[1].explanation()


def test_a_problem_without_words_of_its_own_is_told_in_those_of_its_page(client):
    problem = assert_problem(client.get("/users/me"), 401, "token_required")
    assert problem["detail"] == " ".join(explain("token_required")[1:])
    assert "POST /api/v1/auth/login" in problem["detail"]


def test_codes_that_do_not_exist_are_not_remembered(client):
    for number in range(1000):
        assert explain(f"nothing_{number}") is None
    assert explain.cache_info().currsize < 500


class Broken:
    """A service whose every method raises."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("no servers"),
        AutoReconnect("gone"),
        ExecutionTimeout("too slow"),
        OperationFailure("stepped down", 91, {"errorLabels": ["RetryableWriteError"]}),
        OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]}),
    ],
)
def test_a_database_that_is_away_is_answered_with_try_again(app, client, error):
    services_of(app).add(Broken(error), EventService)
    response = client.get("/events")
    assert_problem(response, 503, "service_unavailable")
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), OperationFailure("secret detail", 2)])
def test_what_is_unexpected_is_answered_without_a_detail(app, client, error):
    services_of(app).add(Broken(error), EventService)
    response = client.get("/events")
    assert_problem(response, 500, "internal_error")
    assert "secret" not in json.dumps(response.json)
    assert response.headers["X-Request-ID"]


@pytest.mark.parametrize("given", ["abc", "x" * 128, "a/b:c-1.2_3~!"])
def test_a_callers_request_id_is_returned(client, given):
    for path in ("/events", "/nothing", "/users/me"):
        assert client.get(path, headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "two words", "ключ".encode().decode("latin-1"), "a\tb"])
def test_a_request_id_is_made_where_none_of_use_is_given(client, given):
    headers = {} if given is None else {"X-Request-ID": given}
    first, second = (client.get("/events", headers=headers).headers["X-Request-ID"] for _ in range(2))
    assert len(first) == 32 and first != second
