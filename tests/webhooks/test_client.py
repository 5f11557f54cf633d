"""What is sent to a receiver, to which address, and what is made of its answer."""

import gzip
import http.client
import json
import socket
import ssl
import threading

import pytest

from booking_api.about import INFO
from booking_api.webhooks.client import Answer, WebhookClient
from booking_api.webhooks.connection import Deadline, connected
from booking_api.webhooks.targets import Targets

from .conftest import PATIENCE
from .receivers import NAME, NO_CONTENT, Receiver, answer
from .resolvers import here, targets

BODY = json.dumps({"type": "booking.confirmed", "name": "Zoë"}, ensure_ascii=False).encode()


def head_of(request):
    """The request line, and the headers in lower case."""
    first, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    assert len(pairs) == len({name.lower() for name, _ in pairs})
    return first, {name.lower(): value for name, value in pairs}


def test_a_message_is_posted_with_its_headers_and_nothing_else(sender):
    with Receiver() as receiver:
        got = sender.post(
            receiver.url(path="/hooks?shop=1&ü"), {"Content-Type": "application/json", "webhook-id": "m1"}, BODY
        )
    assert (got.status, got.error, got.timed_out, got.body, got.accepted) == (204, None, False, "", True)
    (request,) = receiver.requests
    assert request.partition(b"\r\n\r\n")[2] == BODY
    assert head_of(request) == (
        "POST /hooks?shop=1&%C3%BC HTTP/1.1",
        {
            "host": f"{NAME}:{receiver.port}",
            "user-agent": f"Event-Booking-API/{INFO.version}",
            "accept-encoding": "identity",
            "connection": "close",
            "content-length": str(len(BODY)),
            "content-type": "application/json",
            "webhook-id": "m1",
        },
    )


def test_https_is_asked_for_the_name_at_the_checked_address(authority, monkeypatch):
    asked, real = [], socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: asked.append(host) or real(host, *more))
    resolved = []
    client = WebhookClient(
        Targets(True, lambda *where: resolved.append(where) or ["127.0.0.1"]), PATIENCE, str(authority.file)
    )
    with Receiver(tls=authority.server()) as receiver:
        got = client.post(receiver.url("https"), {}, BODY)
    assert (got.status, got.error) == (204, None)
    assert receiver.server_names == [NAME]
    assert resolved == [(NAME, receiver.port)]
    assert set(asked) == {"127.0.0.1"}
    assert head_of(receiver.requests[0])[1]["host"] == f"{NAME}:{receiver.port}"


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"name": "other.example.com"}, "Hostname mismatch"),
        ({"name": "127.0.0.1"}, "Hostname mismatch"),
        ({"expired": True}, "certificate has expired"),
        ({"self_signed": True}, "self-signed certificate"),
    ],
)
def test_a_certificate_that_is_not_valid_for_the_name_is_refused(sender, authority, certificate, reason):
    with Receiver(tls=authority.server(**certificate)) as receiver:
        got = sender.post(receiver.url("https"), {}, BODY)
    assert got.status is None
    assert got.error.startswith(f"certificate not valid: {reason}")
    assert not got.accepted
    assert receiver.requests == []


def test_an_authority_of_nobody_is_not_trusted(authority):
    with Receiver(tls=authority.server()) as receiver:
        got = WebhookClient(Targets(True, here), PATIENCE).post(receiver.url("https"), {}, BODY)
    assert got.error.startswith("certificate not valid: ")
    assert receiver.requests == []


def test_a_certificate_for_an_address_is_good_for_a_url_with_it(sender, authority):
    with Receiver(tls=authority.server("127.0.0.1")) as receiver:
        assert sender.post(receiver.url("https", "127.0.0.1"), {}, BODY).accepted


def test_the_next_address_is_tried_where_nobody_answers_at_the_first(authority):
    with Receiver() as receiver:
        nobody = ["127.0.0.2", "::1", "127.0.0.1"]  # the receiver listens at the last alone
        got = WebhookClient(Targets(True, lambda *_: nobody), PATIENCE).post(receiver.url(), {}, BODY)
        assert got.accepted
        assert receiver.connections() == 1


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy"])
def test_no_proxy_of_the_environment_is_used(sender, authority, monkeypatch, variable):
    with Receiver() as proxy, Receiver() as plain, Receiver(tls=authority.server()) as secure:
        for name in (variable, variable.upper()):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sender.post(plain.url(), {}, BODY).accepted
        assert sender.post(secure.url("https"), {}, BODY).accepted
        assert proxy.connections() == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(sender, status):
    with Receiver() as other:
        location = f"Location: {other.url()}".encode()
        with Receiver(answer(b"", status, location)) as receiver:
            got = sender.post(receiver.url(), {}, BODY)
        assert (got.status, got.error, got.accepted) == (int(status[:3]), "redirects are not followed", False)
        assert other.connections() == 0


def test_cookies_are_not_sent_back(sender):
    with Receiver(answer(b"", "200 OK", b"Set-Cookie: a=b")) as receiver:
        for _ in range(2):
            assert sender.post(receiver.url(), {}, BODY).accepted
        assert b"ookie" not in b"".join(receiver.requests)
        assert receiver.connections() == 2


@pytest.mark.parametrize("status", [200, 202, 299, 400, 410, 429, 500, 503, 999])
def test_the_status_decides_and_the_body_is_kept(sender, status):
    with Receiver(answer("größer\n".encode(), f"{status} Word")) as receiver:
        got = sender.post(receiver.url(), {}, BODY)
    assert (got.status, got.error, got.timed_out, got.body) == (status, None, False, "größer\n")
    assert got.accepted is (status < 300)


def test_a_compressed_body_is_not_unpacked(sender):
    bomb = gzip.compress(b"x" * 5_000_000, mtime=0)  # the present time may be written "xx"
    with Receiver(answer(bomb, "200 OK", b"Content-Encoding: gzip")) as receiver:
        got = sender.post(receiver.url(), {}, BODY)
    assert got.accepted
    assert "xx" not in got.body
    assert len(got.body.encode()) <= 1024


@pytest.mark.parametrize(
    "content", [bytes(range(256)), b"\x00\x1b[2J\r\n\x7f", "\u2028\u202e\u200b".encode(), b"\xff" * 2000]
)
def test_a_body_is_kept_as_text_that_logs_can_bear(sender, content):
    with Receiver(answer(content)) as receiver:
        got = sender.post(receiver.url(), {}, BODY)
    assert got.accepted
    assert all(sign.isprintable() or sign in "\t\n" for sign in got.body)
    assert len(got.body.encode()) <= 1024
    assert "\ufffd" in got.body


def test_an_early_answer_counts_although_the_message_is_not_read(sender):
    refusal = answer(b"too large", "413 Too large")
    with Receiver(refusal, reads=False) as receiver:  # hangs up while the message is on its way
        got = sender.post(receiver.url(), {}, b"x" * 30_000_000)
    assert (got.status, got.body, got.error) == (413, "too large", None)


def test_a_lost_connection_is_not_opened_again():
    with Receiver() as receiver:
        target = targets("127.0.0.1", allow_private=True).check(receiver.url())
        with connected(target, Deadline(PATIENCE), ssl.create_default_context) as connection:
            connection.close()
            with pytest.raises(http.client.NotConnected):
                connection.request("POST", "/", body=BODY)
        assert receiver.connections() == 1


def test_sends_leave_no_thread_behind(sender):
    before = set(threading.enumerate())  # some of them may end meanwhile
    with Receiver(NO_CONTENT) as receiver:
        assert sender.post(receiver.url(), {}, BODY).accepted
    assert set(threading.enumerate()) <= before


def test_an_answer_says_whether_it_accepts():
    assert Answer(200, 1).accepted and Answer(299, 1).accepted and not Answer(300, 1).accepted
    assert not Answer(None, 1, error="timed out", timed_out=True).accepted
    assert not Answer(200, 1, error="timed out", timed_out=True).accepted
