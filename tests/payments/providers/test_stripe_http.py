"""How Stripe is called: with our key and no other, directly where it is a fake, and with no trace of who we are."""

import gzip
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import stripe

from booking_api.payments.providers import stripe_http

from ...fake_stripe import KEY, order
from ...pids import CALM_SECONDS


@pytest.fixture
def sent(monkeypatch):
    """The requests that go out, with the settings of their connections."""
    found = []
    send = stripe_http.requests.Session.send

    def noting(self, request, **options):
        found.append((request, options))
        return send(self, request, **options)

    monkeypatch.setattr(stripe_http.requests.Session, "send", noting)
    return found


def test_a_call_has_the_key_the_version_and_the_key_that_makes_it_happen_once(provider, sent):
    provider.open(order("p7"))
    headers = sent[0][0].headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Stripe-Version"] == "2026-10-28.endive" == stripe.api_version
    assert headers["Idempotency-Key"] == "payment-p7"
    assert "X-Stripe-Client-Telemetry" not in headers and "telemetry_id" not in headers["X-Stripe-Client-User-Agent"]


def test_a_refund_has_a_key_of_its_own(fake, provider, sent):
    intent = provider.open(order())
    fake.pay(intent.id)
    provider.refund("r7", intent.id, 100, "EUR")
    assert sent[-1][0].headers["Idempotency-Key"] == "refund-r7"


def test_the_fake_is_reached_without_a_proxy_and_no_redirect_is_followed(provider, sent, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    provider.open(order())
    assert sent[0][1]["allow_redirects"] is False
    assert not sent[0][1]["proxies"]


def test_a_netrc_of_this_machine_does_not_replace_the_key(provider, sent, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(stripe_http, "LOOPBACK", ("nowhere",))
    provider.open(order())
    assert sent[0][0].headers["Authorization"] == f"Bearer {KEY}"


def test_connections_are_made_with_the_first_call_and_closed_when_told(fake):
    client = stripe_http.BoundedClient(fake.url)
    assert client._session is None
    client.close()
    assert client.request("get", f"{fake.url}/_fake/intents", {})[1] == 200
    assert client._session is not None
    client.close()


@pytest.fixture
def answering():
    """Serves one request: a handler's `do_GET`; returns where."""
    servers = []

    def serving(do_get):
        handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": do_get, "log_message": lambda *_: None})
        server = HTTPServer(("127.0.0.1", 0), handler)
        thread = Thread(target=server.handle_request)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serving
    for server, thread in servers:
        thread.join(CALM_SECONDS)
        server.server_close()


def test_an_answer_that_is_compressed_is_read_to_its_end(answering):
    text = b"x" * 50_000 + bytes(range(256)) * 100

    def do_get(handler):
        body = gzip.compress(text)
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for part in (body[:5], body[5:100], body[100:]):
            handler.wfile.write(part)
            handler.wfile.flush()

    url = answering(do_get)
    assert stripe_http.BoundedClient(url).request("get", url, {})[0] == text


def test_a_redirect_is_an_answer_like_any_other(answering):
    def do_get(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://127.0.0.1:9/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    url = answering(do_get)
    assert stripe_http.BoundedClient(url).request("get", url, {})[1] == 302


def test_an_answer_that_comes_in_drops_is_given_up(answering):
    def do_get(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.001)
        except OSError:  # the client has gone
            pass

    url = answering(do_get)
    with pytest.raises(stripe.APIConnectionError):
        stripe_http.BoundedClient(url, call_seconds=0.1).request("get", url, {})
