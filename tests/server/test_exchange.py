"""A request and its answer on the wire: the environment that gunicorn would make, and one send for most answers."""

import io
import logging
import socket
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import FileWrapper, create

from booking_api.server import exchange
from booking_api.server.client_socket import ClientSocket
from booking_api.server.connection import Connection
from booking_api.server.exchange import Exchanges

CLIENT, SERVER = ("192.0.2.1", 1234), ("127.0.0.1", 8000)
GET = b"GET /a%20b?c=d HTTP/1.1\r\nHost: example.com:8000\r\n\r\n"
POST = (
    b"POST /x HTTP/1.1\r\nHost: y\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"X-Twice: 1\r\nX-Twice: 2\r\nAccept: */*\r\n\r\n{}"
)
OLD = b"HEAD / HTTP/1.0\r\n\r\n"


class Threadless(Exchanges):
    """The part of a worker that answers."""

    alive, nr, max_requests, max_keepalived, keepalived_conns = True, 0, 1000, 10, ()
    log = logging.getLogger("tests.exchange")

    def __init__(self, wsgi):
        self.wsgi, self.cfg, self.failures = wsgi, Config(), []

    def handle_error(self, _request, client, _address, error):
        """Note the failure, and answer it."""
        self.failures.append(error)
        client.sendall(b"HTTP/1.1 500 Failed\r\n\r\n")


@pytest.fixture
def ask(monkeypatch):
    """Have an application answer a request: whether the connection is kept, the answer, and the number of sends."""
    sends = []
    send = ClientSocket.send
    monkeypatch.setattr(ClientSocket, "send", lambda *args: sends.append(args) or send(*args))

    def exchanged(wsgi, request=GET, client=CLIENT, server=SERVER, worker=None):
        worker = worker or Threadless(wsgi)
        ours, theirs = socket.socketpair()
        with theirs:
            conn = Connection(Config(), ours, client, server, 1_000_000)
            with conn.sock:
                assert conn.parser.feed(request)
                kept = worker._exchange(conn)
            answer = b""
            while data := theirs.recv(65536):
                answer += data
        return SimpleNamespace(kept=kept, answer=answer, sends=len(sends), failures=worker.failures)

    return exchanged


def answering(*pieces, status="200 OK", headers=()):
    """An application that answers with these pieces."""

    def wsgi(_environ, start_response):
        start_response(status, [("Content-Type", "text/plain"), *headers])
        yield from pieces

    return wsgi


@pytest.mark.parametrize("request_bytes", [GET, POST, OLD])
@pytest.mark.parametrize(("client", "server"), [(CLIENT, SERVER), (("2001:db8::1", 5, 0, 0), ("::1", 80, 0, 0))])
def test_the_environment_is_that_of_gunicorn(ask, request_bytes, client, server):
    seen = []
    ask(lambda environ, start: seen.append(environ) or answering(b"")(environ, start), request_bytes, client, server)
    (ours,) = seen
    conn = Connection(Config(), socket.socketpair()[0], client, server, 1_000_000)
    conn.parser.feed(request_bytes)
    _reply, theirs = create(next(conn.parser), conn.sock, client, server, Config())
    conn.sock.close()
    for environ in (ours, theirs):
        environ["wsgi.input"] = environ["wsgi.input"].read()
        for name in ("gunicorn.socket", "wsgi.errors", "wsgi.early_hints", "wsgi.multithread"):
            environ.pop(name, None)
    assert ours == theirs


def test_behind_a_unix_socket_the_environment_is_gunicorns_own(ask):
    seen = []
    ask(lambda environ, start: seen.append(environ) or answering(b"")(environ, start), GET, "", "/run/x.sock")
    assert (seen[0]["SERVER_NAME"], seen[0]["wsgi.multithread"]) == ("example.com", True)


def test_head_and_body_leave_in_one_send(ask):
    done = ask(answering(b"hello", headers=[("Content-Length", "5")]))
    head, _, body = done.answer.partition(b"\r\n\r\n")
    assert (done.kept, done.sends, body) == (True, 1, b"hello")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: ")
    assert b"Connection: keep-alive\r\nContent-Type: text/plain" in head


def test_an_answer_without_a_length_is_chunked(ask):
    done = ask(answering(b"one", b"", b"seventeen letters"))
    assert b"Transfer-Encoding: chunked" in done.answer
    assert done.answer.endswith(b"\r\n\r\n3\r\none\r\n11\r\nseventeen letters\r\n0\r\n\r\n")
    assert done.kept


def test_an_old_client_gets_an_answer_without_a_length_until_the_end(ask):
    done = ask(answering(b"one", b"two"), b"GET / HTTP/1.0\r\n\r\n")
    assert done.answer.endswith(b"\r\n\r\nonetwo")
    assert not done.kept


@pytest.mark.parametrize(
    ("request_bytes", "status"), [(OLD, "200 OK"), (GET, "304 Not Modified"), (GET, "204 No Content")]
)
def test_where_there_is_no_body_none_is_sent(ask, request_bytes, status):
    done = ask(answering(b"", status=status), request_bytes)
    assert done.answer.endswith(b"\r\n\r\n")
    assert done.answer.count(b"\r\n\r\n") == done.sends == 1
    assert b"chunked" not in done.answer


def test_what_fails_before_anything_was_sent_is_answered_as_a_failure(ask):
    def wsgi(_environ, start_response):
        start_response("200 OK", [])
        raise RuntimeError("too early")

    done = ask(wsgi)
    assert done.answer.startswith(b"HTTP/1.1 500")
    assert [str(error) for error in done.failures] == ["too early"]
    assert not done.kept


def test_what_fails_later_ends_the_connection(ask):
    def wsgi(_environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        yield b"half "
        raise RuntimeError("too late")

    done = ask(wsgi)
    assert done.answer.endswith(b"half ")
    assert not done.failures
    assert not done.kept


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\x00b"])
def test_a_header_that_would_end_early_is_not_sent(ask, value):
    done = ask(answering(b"", headers=[("X-Forged", value)]))
    assert done.answer.startswith(b"HTTP/1.1 500")
    assert b"Set-Cookie" not in done.answer


def test_a_file_is_sent_whole(ask, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 20_000)

    def wsgi(_environ, start_response):
        start_response("200 OK", [("Content-Length", "20000")])
        return FileWrapper(file.open("rb"))

    assert ask(wsgi).answer.endswith(b"\r\n\r\n" + b"x" * 20_000)

    def in_memory(_environ, start_response):
        start_response("200 OK", [("Content-Length", "20000")])
        return FileWrapper(io.BytesIO(b"y" * 20_000))

    assert ask(in_memory).answer.endswith(b"\r\n\r\n" + b"y" * 20_000)


def test_the_last_request_of_a_worker_closes_its_connection(ask):
    wsgi = answering(b"ok", headers=[("Content-Length", "2")])
    worker = Threadless(wsgi)
    worker.max_requests = 2
    assert ask(wsgi, worker=worker).kept
    last = ask(wsgi, worker=worker)
    assert b"Connection: close" in last.answer
    assert not last.kept
    assert not worker.alive


def test_what_the_application_opened_is_closed(ask):
    closed = []

    class Pieces(list):
        """Pieces that want to be closed."""

        def close(self):
            closed.append(True)

    def wsgi(_environ, start_response):
        start_response("200 OK", [])
        return Pieces([b"x"])

    ask(wsgi)
    assert closed == [True]


def test_the_date_follows_the_clock(monkeypatch):
    monkeypatch.setattr(exchange.time, "time", lambda: 0)
    reply = exchange.Reply(SimpleNamespace(version=(1, 1), should_close=lambda: True), None, Config())
    assert "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" in reply.default_headers()
    monkeypatch.setattr(exchange.time, "time", lambda: 61.9)
    assert "Date: Thu, 01 Jan 1970 00:01:01 GMT\r\n" in reply.default_headers()
