"""Whose requests the access log has, and from where they came."""

import json

import pytest

from booking_api.observability import access_log, logs

from ..api import Api
from ..apps import SETTINGS, mongomock_app


@pytest.fixture
def lines_of(clock, outgoing, capsys):
    """Sends requests to an app with some settings; the lines of its access log, as JSON or text."""

    def ask(*requests, line_format="json", **settings):
        app = mongomock_app(clock, outgoing, **settings)
        logs.configure("INFO", line_format)
        client = Api(app.test_client()).client
        capsys.readouterr()
        for method, path, headers in requests:
            client.open(path, method=method, headers=headers)
        printed = capsys.readouterr().err.splitlines()
        return [json.loads(line) for line in printed] if line_format == "json" else printed

    yield ask
    logs.configure(SETTINGS.log_level, SETTINGS.log_format)


PREFLIGHT = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST"}
MACHINES = [
    ("GET", "/healthz", {}),
    ("HEAD", "/readyz", {}),
    ("GET", "/metrics", {}),
    ("OPTIONS", "/api/v1/bookings", PREFLIGHT),
]
PEOPLE = [("GET", "/api/v1/events", {}), ("GET", "/", {}), ("GET", "/healthz/x", {})]


@pytest.mark.parametrize(("choice", "count"), [("all", 7), ("no-probes", 3), ("off", 0)])
def test_probes_and_preflights_can_be_left_out_and_so_can_all(lines_of, choice, count):
    assert choice in access_log.CHOICES
    assert len(lines_of(*MACHINES, *PEOPLE, access_log=choice, cors_origins=("https://shop.example.com",))) == count


def test_what_is_not_logged_is_counted_all_the_same(clock, outgoing):
    client = Api(mongomock_app(clock, outgoing, access_log="off").test_client()).client
    name = 'http_requests_total{method="GET",route="/healthz",status="200"} '

    def counted():
        text = client.get("/metrics").text
        return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))

    before = counted()
    client.get("/healthz")
    assert counted() == before + 1


@pytest.mark.parametrize("line_format", ["json", "text"])
def test_a_secret_in_a_path_is_in_no_line_whatever_else_is_wrong_with_it(lines_of, line_format):
    paths = ("/unsubscribe/%s", "/unsubscribe/%s/", "/unsubscribe//%s", "/UNSUBSCRIBE/%s", "/unsubscribe/x/%s/y")
    secret = "a-secret-of-somebody"
    lines = lines_of(*((how, path % secret, {}) for how in ("GET", "PUT") for path in paths), line_format=line_format)
    assert len(lines) == 2 * len(paths)
    assert [line for line in lines if secret in str(line)] == []
    assert all("/unsubscribe/" in str(line) for line in lines)


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7", "198.51.100.1"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "x" * 61, None),
        (1, "203.0.113.7 forged", None),
        (1, "caf\u00e9", None),
    ],
)
def test_a_line_has_the_address_that_the_trusted_proxies_saw(lines_of, hops, forwarded, address):
    headers = {"X-Forwarded-For": forwarded}
    (row,) = lines_of(("GET", "/healthz", headers), trusted_proxy_hops=hops)
    assert row["client_ip"] == address
    (line,) = lines_of(("GET", "/healthz", headers), trusted_proxy_hops=hops, line_format="text")
    assert line.endswith(f"ms {address or '-'}")
