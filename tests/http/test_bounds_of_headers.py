"""Nothing in a header, a query, a cursor or a path costs more than its size."""

import base64
from urllib.parse import quote

import pytest

from booking_api.health import metrics
from booking_api.http.fields import Bounded
from booking_api.tickets import pdf

from ..apps import mongomock_app
from ..asserting import assert_problem
from ..fakes import Clock, Outgoing
from .requests import People, assert_quick, fields_of, operations, share_of

LONGEST = 8000  # bytes: the server refuses what is longer than about 8,190
OPERATIONS = operations(mongomock_app(Clock(), Outgoing()))
TAKING_QUERIES = [operation for operation in OPERATIONS if operation.query is not None]
HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Traceparent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Request-ID",
)


def encoded(raw):
    """Bytes as a token or a cursor has them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def filled(*patterns):
    """Each pattern as often as it fits."""
    return [(pattern * LONGEST)[:LONGEST] for pattern in patterns]


HEADER_VALUES = [
    *filled("a", "9", ",", ";", '"', "\\", "/", ":", ".", "=", "[", "{", "*", "\xff", "1.2.3.4,", "[::", "%ff"),
    *filled('"a",', 'W/"a", ', 'W/"', "a;q=0.1,", "a=b; ", "a/b;c=d,", ';a="\\', "gzip;q=1;q=1,", "bytes=0-1,"),
    *filled("\u0153".encode().decode("latin-1")),
    "a" + " " * (LONGEST - 2) + "a",
    '"a' + " " * (LONGEST - 3) + '",',
    "a;b=" + " " * (LONGEST - 5) + "c",
    "a/" + "b;" * (LONGEST // 2),
    "application/json" + ";a=b" * (LONGEST // 5),
    "Bearer " + "a." * (LONGEST // 2 - 4),
    "Bearer " + " " * (LONGEST - 8) + "a",
    "Bearer " + "a" * (LONGEST - 8),
    "Basic " + "a" * (LONGEST - 8),
    *(
        f"Bearer {encoded(head)}.{encoded(claims)}.a"
        for head, claims in (
            (b"[" * 5900, b"{}"),
            (b'{"alg":"HS256","typ":"JWT"}', b"[" * 5700),
            (b'{"alg":"HS256","kid":' + b"9" * 5700 + b"}", b"{}"),
            (b'{"alg":"HS256"}', b'{"exp":' + b"9" * 5700 + b"}"),
        )
    ),
]
QUERY_VALUES = [
    *filled("a", "9", "-", "+", "%", "%20", "%00", "%ff", ".", "T", quote("\u0300"), quote("\u0315\u0300")),
    *filled(quote("\ufdfa"), quote("\u0390"), quote("\u6771"), quote("\U0001f600"), "a%20", "%5c", "%22"),
    encoded(b"\x00" * 1490),
    encoded(b"\x00" * 5900),
]
PARAMETERS = [*filled("a&", "a=&", "&", "=", "=&", "%00=a&", "limit=1&", "q=a&", ";", "a[]=1&")]
PARAMETERS.append("&".join(f"p{number}=" for number in range(LONGEST // 7)))
PATHS = [
    *filled("/", "/a", "/..", "/%2e%2e", "//a", "/%ff", "/%00", "/" + quote("\u0300"), "/" + quote("\U0001f600")),
    *(f"/api/v1/events/{filling}" for filling in filled("0", "a/", "%2f", "/")),
    *(f"/api/v1/{filling}" for filling in filled("events/", "events/" + "0" * 24 + "/", "users/me/")),
    *(f"/problems/{filling}" for filling in filled("a", "%ff", "not_found/")),
    *(f"/docs/assets/{filling}" for filling in filled("../", "%2e%2e%2f", "a/", "%5c", "a")),
    *(f"/docs/own/{filling}" for filling in filled("../", "a")),
]


@pytest.fixture
def people(monkeypatch):
    """Those who may call an operation, behind a proxy, where other sites may call too.

    A file of tickets and all metrics take much longer to make than requests take, and are made without the request.
    """
    monkeypatch.setattr(pdf, "render", lambda _tickets, _language: b"%PDF")
    monkeypatch.setattr(metrics, "exposition", lambda: b"")
    return People(mongomock_app(Clock(), Outgoing(), cors_origins=("https://shop.example.com",), trusted_proxy_hops=1))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_header_costs_more_than_its_size(people, operation, large):
    for at, name in enumerate(HEADERS, OPERATIONS.index(operation)):
        for value in share_of(HEADER_VALUES, at, 12, large):
            assert_quick(lambda name=name, value=value: send_with(people, operation, name, value), name=(name, value))


def send_with(people, operation, name, value):
    """The answer to a request with this header; a POST has a body, so that keys and types are looked at."""
    body = {} if operation.body is None else {"data": b"{}", "content_type": "application/json"}
    if name == "Content-Type" and body:
        body["content_type"] = value
        return people.send(operation, **body)
    return people.send(operation, headers={name: value}, **body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_number_of_parameters_costs_more_than_its_size(people, operation):
    if operation.method != "GET":
        return
    for query in PARAMETERS:
        assert_quick(lambda query=query: people.send(operation, query_string=query), name=query[:20])


@pytest.mark.parametrize("operation", TAKING_QUERIES, ids=str)
def test_no_parameter_costs_more_than_its_size(people, operation):
    for path, taken in fields_of(operation.query):
        values = QUERY_VALUES
        if isinstance(taken, Bounded):
            values = [*values, *(quote(value) for value in ("\u0300" * 199 + "a", "\ufdfa" * 200, "東" * 200))]
        for value in values:
            query = f"{path[0]}={value}"[:LONGEST]
            answer = assert_quick(lambda query=query: people.send(operation, query_string=query), name=query[:40])
            assert answer.status_code in (200, 422)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:30])
def test_no_path_costs_more_than_its_size(people, path):
    for method in ("GET", "POST"):
        answer = assert_quick(lambda method=method: people.open(method, path[:LONGEST]), name=path[:30])
        assert answer.status_code in (200, 301, 308, 401, 404, 405)


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto"])
def test_an_address_that_cannot_exist_is_in_no_answer(people, name):
    answer = people.open("GET", "/nothing", headers={name: "x" * LONGEST})
    own = "http://localhost/" if name == "X-Forwarded-Host" else "/"  # that one is not even looked at
    assert answer.json["type"] == f"{own}problems/{answer.json['code']}"
    assert assert_problem(people.open("GET", "/nothing"), 404, "not_found")["type"].startswith("http://localhost/")
