"""The fake over HTTP: who may call, what is too large, how it is told to fail, and what a browser does."""

import json
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests

from booking_api.development.fake_stripe import FakeStripe

from ...pids import CALM_SECONDS, eventually

FIELDS = {"amount": "2500", "currency": "eur", "allowed_payment_method_types[]": "card"}


@pytest.mark.parametrize("key", [None, "", "sk_live_0123456789", "rk_live_0123456789", "sk_test_", "nonsense", "ü"])
def test_a_call_without_a_test_key_is_refused(fake, key):
    headers = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
    answer = requests.post(f"{fake.url}/v1/payment_intents", FIELDS, headers=headers, timeout=CALM_SECONDS)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


def test_a_key_of_browsers_may_not_do_what_needs_a_secret_one(call, made):
    for path in ("/v1/payment_intents", "/v1/refunds", f"/v1/payment_intents/{made['id']}/cancel"):
        answer = call("POST", path, key="pk_test_1", client_secret=made["client_secret"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "secret_key_required")


def test_a_key_is_taken_as_a_user_name_too_as_curl_sends_it(fake):
    answer = requests.post(
        f"{fake.url}/v1/payment_intents", FIELDS, auth=("sk_test_0123456789", ""), timeout=CALM_SECONDS
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("key", [None, "pk_test_1"])
def test_a_browser_pays_with_the_secret_of_the_payment_alone(fake, made, call, key):
    path, secret = f"/v1/payment_intents/{made['id']}", made["client_secret"]
    assert call("GET", path, key=key, client_secret=secret).json()["status"] == "requires_payment_method"
    paid = call("POST", f"{path}/confirm", key=key, client_secret=secret, payment_method="pm_card_visa")
    assert paid.json()["status"] == "succeeded"


def test_a_browser_with_another_secret_neither_pays_nor_sees_the_payment(fake, made, call):
    for method, path in (("POST", "/confirm"), ("GET", "")):
        for secret in ("pi_1_secret_2", "ü"):
            answer = call(method, f"/v1/payment_intents/{made['id']}{path}", key=None, client_secret=secret)
            assert answer.status_code == 400
            assert made["client_secret"] not in answer.text
    assert fake.intents.fetch(made["id"])["status"] == "requires_payment_method"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"amount=1&amount[a]=2", 400),
        (b"a[b][c]=1", 400),
        (b"%", 400),
        (b"\xff=1", 400),
        (b"amount=" + b"1" * 5001, 400),
        (b"&".join(b"a=1" for _ in range(201)), 400),
        (b"x" * 100_001, 413),
        ("amount[]=1&currency[]=eur", 400),
    ],
)
def test_a_body_that_cannot_be_is_refused(fake, body, status):
    auth = {"Authorization": "Bearer sk_test_0123456789"}
    answer = requests.post(f"{fake.url}/v1/payment_intents", body, headers=auth, timeout=CALM_SECONDS)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_without_a_length_is_refused(fake):
    for header in ("Transfer-Encoding: chunked", "Content-Length: -1", "Content-Length: x"):
        with socket.create_connection(fake._server.server_address, 10) as connection:
            connection.sendall(f"POST /v1/refunds HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize(("kind", "status"), [("error", 500), ("rate_limit", 429)])
def test_calls_fail_as_they_are_told_and_only_those(fake, call, kind, status):
    assert call("POST", "/_fake/faults", kind=kind, count="2", on="POST /v1/payment").json() == {}
    assert call("GET", "/v1/refunds").status_code == 200
    assert [call("POST", "/v1/payment_intents", **FIELDS).status_code for _ in range(3)] == [status, status, 200]
    assert len(fake.intents.all()) == 1


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", ["cut", "timeout"])
def test_an_answer_is_lost_with_or_without_its_effect(fake, call, kind, effect):
    fake.fail_next(kind, effect=effect)
    answer_or_not = {"cut": requests.ConnectionError, "timeout": requests.ReadTimeout}
    auth, seconds = {"Authorization": "Bearer sk_test_0123456789"}, 0.3 if kind == "timeout" else CALM_SECONDS
    with pytest.raises(answer_or_not[kind]):
        requests.post(f"{fake.url}/v1/payment_intents", FIELDS, headers=auth, timeout=seconds)
    eventually(lambda: len(fake.intents.all()) == effect, "it has its effect")


def test_faults_can_be_cleared(fake, call):
    fake.fail_next("error", count=5)
    assert call("POST", "/_fake/faults/clear").json() == {}
    assert call("GET", "/v1/refunds").status_code == 200


def test_people_steer_payments_refunds_and_messages_over_http(fake, made, call):
    assert "pm_card_visa" in call("GET", "/_fake/", key=None).json()["payment_method"]
    call("POST", "/_fake/events/settings", hold="true", repeat="2", delay_seconds="0", drop_next="1")
    fake.pay(made["id"], "pm_card_fake_processing")
    finished = call("POST", f"/_fake/intents/{made['id']}/finish", outcome="succeeded").json()
    assert finished["status"] == "succeeded"
    assert call("POST", "/_fake/events/release", order="reversed").json() == {"released": 2}
    refund = fake.refunds.create({"payment_intent": made["id"]})
    failed = call("POST", f"/_fake/refunds/{refund['id']}/finish", outcome="failed").json()
    assert failed["status"] == "failed"
    event = call("GET", "/_fake/events").json()[-1]
    assert (event["type"], call("POST", f"/_fake/events/{event['id']}/resend").json()) == (
        "refund.failed",
        {"sent": True},
    )
    assert [len(call("GET", f"/_fake/{kind}").json()) for kind in ("intents", "refunds")] == [1, 1]
    assert call("POST", "/_fake/reset").json() == {}
    assert call("GET", "/_fake/intents").json() == []


def test_the_moment_of_the_cancel_is_steered_over_http(made, call):
    call("POST", f"/_fake/intents/{made['id']}/succeed_on_cancel")
    assert call("POST", f"/v1/payment_intents/{made['id']}/cancel").status_code == 400


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("faults", {"kind": "flood"}),
        ("faults", {"count": "10001"}),
        ("faults", {"kind": "cut", "more": "1"}),
        ("events/settings", {"delay_seconds": "soon"}),
        ("events/settings", {"repeat": "0"}),
        ("events/release", {"order": "random"}),
        ("intents/pi_1/finish", {"outcome": "succeeded"}),
        ("intents/pi_1/resend", {}),
        ("nowhere", {}),
        ("", {}),
    ],
)
def test_a_control_that_cannot_be_says_so(call, path, fields):
    answer = call("POST", f"/_fake/{path}", **fields)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["message"]


def test_what_is_not_known_is_not_there(fake, call):
    for method, path in (("GET", "/v1/customers"), ("GET", "/"), ("POST", "/elsewhere"), ("GET", "/_fake/nowhere")):
        assert call(method, path).status_code == 404
    assert call("DELETE", "/v1/refunds").status_code == 501


def test_messages_are_posted_to_an_address():
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers["Stripe-Signature"], json.loads(body)["type"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.handle_request)
    thread.start()
    fake = FakeStripe(webhook_url=f"http://127.0.0.1:{server.server_port}/hook?a=1")
    fake.intents.create({"amount": "50", "currency": "eur", "allowed_payment_method_types": ["card"]})
    assert fake.deliveries.wait_until_sent()
    thread.join(CALM_SECONDS)
    fake.stop()
    server.server_close()
    ((path, signature, kind),) = received
    assert (path, kind) == ("/hook?a=1", "payment_intent.created")
    assert signature.startswith("t=")


def test_only_this_machine_reaches_it_and_not_once_it_is_stopped():
    fake = FakeStripe()
    fake.start()
    assert fake._server.server_address[0] == "127.0.0.1"
    url = fake.url
    fake.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_fake/", timeout=CALM_SECONDS)
