"""Whose address a request comes from: as many proxies as are trusted, and the whole network of an IPv6 customer."""

import pytest
from limits import parse

from booking_api.http import rate_limits

from .rate_limited import CREDENTIALS, allow, assert_too_many, bodies, post


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


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", True),
        ("2001:db8:0:1::1", "2001:0DB8:0:1:0:0:0:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown", True),
        ("unknown", "hidden", False),
        ("", None, True),
    ],
)
def test_an_address_stands_for_its_customer(first, second, same):
    assert (rate_limits.network_of(first) == rate_limits.network_of(second)) is same


def test_a_customer_cannot_escape_by_the_many_addresses_of_an_ipv6_network(worker, monkeypatch):
    allow(monkeypatch, "login", address="2/minute")
    monkeypatch.setattr(rate_limits, "READS", parse("2/second"))
    addresses = [f"2001:db8:0:1::{host}" for host in range(1, 4)]
    bodies_ = bodies("/auth/login")
    assert [post(worker, "/auth/login", bodies_(), address).status_code for address in addresses] == [401, 401, 429]
    assert post(worker, "/auth/login", bodies_(), "2001:db8:0:2::1").status_code == 401
    reads = [worker.test_client().get("/api/v1/events", environ_overrides={"REMOTE_ADDR": a}) for a in addresses]
    assert [answer.status_code for answer in reads] == [200, 200, 429]


def test_a_caller_cannot_escape_by_naming_other_addresses(make_app, monkeypatch):
    allow(monkeypatch, "login", address="1/minute")
    for hops, real in ((0, None), (1, "203.0.113.1")):
        app = make_app(trusted_proxy_hops=hops)
        for turn in range(3):
            claimed = ", ".join(filter(None, [f"198.51.100.{turn}", real]))
            headers = {"X-Forwarded-For": claimed, "X-Real-IP": claimed, "Forwarded": f"for={claimed}"}
            status = post(app, "/auth/login", CREDENTIALS, **headers).status_code
            assert status == (429 if turn else 401)
