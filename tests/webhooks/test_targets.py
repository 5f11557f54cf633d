"""Where a webhook may go: public addresses alone, however they are written and whenever they change."""

import pytest

from booking_api.webhooks.client import WebhookClient
from booking_api.webhooks.targets import Target, TargetRefused, Targets, TargetUnresolved

from .receivers import Receiver
from .resolvers import PUBLIC, resolver, targets


def test_a_target_has_all_that_is_needed_to_call_it():
    asked = []
    checked = Targets(False, lambda *where: asked.append(where) or [PUBLIC, "2606:4700::1"]).check(
        "HTTPS://Hooks.Bücher.Example.:8443/päth/%C3%A4?q=ü&a=[1]"
    )
    host = "hooks.xn--bcher-kva.example"
    assert checked == Target(
        url="HTTPS://Hooks.Bücher.Example.:8443/päth/%C3%A4?q=ü&a=[1]",
        scheme="https",
        host=host,
        port=8443,
        path="/p%C3%A4th/%C3%A4?q=%C3%BC&a=[1]",
        addresses=(PUBLIC, "2606:4700::1"),
    )
    assert asked == [(host, 8443)]
    assert checked.authority == f"{host}:8443"


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://example.com", "example.com", 443, "/", "example.com"),
        ("https://example.com?a=b", "example.com", 443, "/?a=b", "example.com"),
        ("https://example.com:443/a//../b", "example.com", 443, "/a//../b", "example.com"),
        ("https://example.com:8000/@me", "example.com", 8000, "/@me", "example.com:8000"),
        ("https://a_b.example.com:8999/", "a_b.example.com", 8999, "/", "a_b.example.com:8999"),
        (f"https://{PUBLIC}/", PUBLIC, 443, "/", PUBLIC),
        ("https://[2606:4700:0::1]/", "2606:4700::1", 443, "/", "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443/", "2606:4700::1", 8443, "/", "[2606:4700::1]:8443"),
        ("https://ex｡ample．com/", "ex.ample.com", 443, "/", "ex.ample.com"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
    ],
)
def test_a_public_url_is_accepted(url, host, port, path, authority):
    checked = targets().check(url)
    assert (checked.host, checked.port, checked.path, checked.authority) == (host, port, path, authority)


def test_a_url_may_have_two_thousand_characters():
    longest = f"https://a.com/{'a' * (2000 - len('https://a.com/'))}"
    assert targets().check(longest).url == longest
    with pytest.raises(TargetRefused, match="2,000"):
        targets().check(f"{longest}a")


@pytest.mark.parametrize("port", [1, 21, 22, 25, 80, 444, 465, 1024, 3306, 5432, 6379, 7999, 9000, 11211, 27017, 65535])
def test_a_port_of_no_web_server_is_refused(port):
    with pytest.raises(TargetRefused, match="443, or from 8000 to 8999"):
        targets().check(f"https://a.com:{port}/")


def test_plain_http_is_refused():
    with pytest.raises(TargetRefused, match="https"):
        targets().check("http://example.com/")


@pytest.mark.parametrize(
    "url", ["http://localhost:5000/", "http://127.0.0.1/", "https://[::1]:9/", "http://receiver:22/"]
)
def test_in_development_any_address_port_and_name_will_do(url):
    assert targets("10.0.0.1", allow_private=True).check(url).addresses


def test_in_development_numbers_are_read_as_elsewhere():
    with pytest.raises(TargetRefused):
        targets(allow_private=True).check("http://127.1/")


def test_a_host_without_an_answer_is_unresolved():
    def fails(_host, _port):
        raise OSError

    for resolve in (fails, resolver()):
        with pytest.raises(TargetUnresolved):
            Targets(False, resolve).check("https://hooks.example.com/")
    assert WebhookClient(Targets(False, fails)).post("https://hooks.example.com/", {}, b"").error == (
        "the host has no address, or DNS does not answer"
    )


def test_what_has_no_address_yet_may_be_saved_and_what_is_private_may_not():
    Targets(False, resolver()).require_acceptable("https://hooks.example.com/")
    for url in ("https://hooks.example.com/", "https://127.0.0.1/", "https://hooks.example.com:22/"):
        with pytest.raises(TargetRefused):
            Targets(False, resolver("10.0.0.1")).require_acceptable(url)


@pytest.mark.parametrize("host", ["nobody.invalid", "shop.test", "market.onion"])
def test_a_name_that_nobody_has_is_refused(host):
    with pytest.raises(TargetRefused):
        Targets(False, resolver("198.51.100.7")).require_acceptable(f"https://{host}/")


def web_receiver():
    """A receiver at a port that a public target may have."""
    for port in range(8700, 8990):
        try:
            return Receiver(port=port)
        except OSError:
            continue
    raise AssertionError("No port is free.")


def test_a_name_that_has_become_private_is_refused_when_it_is_called():
    answers = [[PUBLIC], ["127.0.0.1"], [PUBLIC, "127.0.0.1"]]
    checked = Targets(False, lambda *_: answers.pop(0))
    with web_receiver() as receiver:
        url = receiver.url("https")
        assert checked.check(url).addresses == (PUBLIC,)
        for _ in range(2):
            got = WebhookClient(checked).post(url, {}, b"")
            assert got.error == "target refused: The host has an address that is not public."
            assert (got.status, got.body, got.accepted, got.timed_out) == (None, "", False, False)
        assert receiver.connections() == 0
    assert answers == []
