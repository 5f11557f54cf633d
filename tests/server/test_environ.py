"""What the application is told of a request, by its WSGI environment."""

import io
import logging
from urllib.parse import quote

import pytest

from .unstarted import LENGTH_5, Server


@pytest.fixture
def server():
    """A worker with gunicorn's usual settings."""
    return Server()


def environ_of(server, request, **options):
    """The WSGI environment of a request."""
    seen = {}

    def application(environ, start_response):
        seen.update(environ)
        seen["read"] = environ["wsgi.input"].read()
        start_response("200 OK", LENGTH_5)
        return [b"hello"]

    server.ask(application, request, **options)
    return seen


def test_the_application_is_told_what_was_asked_by_whom(server):
    path = quote("/caf\u00e9 au lait")
    environ = environ_of(
        server,
        f"POST {path}?a=%20b HTTP/1.1\r\nHost: example.com:81\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
        "Accept: a\r\naccept: b\r\nX-Own-Header: c\r\nUser_Agent: forged\r\n\r\n",
        body=b"body",
    )
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/caf\u00e9 au lait"
    assert (environ["QUERY_STRING"], environ["RAW_URI"]) == ("a=%20b", f"{path}?a=%20b")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["read"]) == ("text/plain", "4", b"body")
    assert (environ["HTTP_ACCEPT"], environ["HTTP_X_OWN_HEADER"], environ["HTTP_HOST"]) == (
        "a,b",
        "c",
        "example.com:81",
    )
    assert "HTTP_USER_AGENT" not in environ and "HTTP_CONTENT_TYPE" not in environ
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("192.0.2.1", "1234")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")
    assert (environ["SERVER_PROTOCOL"], environ["wsgi.url_scheme"], environ["SCRIPT_NAME"]) == ("HTTP/1.1", "http", "")
    assert environ["wsgi.multithread"] and not environ["wsgi.run_once"]


@pytest.mark.parametrize(
    ("host", "name", "port"), [("example.com:81", "example.com", "81"), ("example.com", "example.com", "80")]
)
def test_at_a_unix_socket_the_host_names_the_server(server, host, name, port):
    environ = environ_of(server, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", address="/run/booking.sock")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["REMOTE_ADDR"]) == (name, port, "")


def test_script_name_is_no_part_of_the_path(server, monkeypatch):
    monkeypatch.setenv("SCRIPT_NAME", "/tickets")
    environ = environ_of(server, "GET /tickets/events HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/tickets", "/events")
    assert environ_of(server, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n") == {}


def test_what_the_application_reports_reaches_the_log_as_it_is_then(server):
    errors = environ_of(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")["wsgi.errors"]
    log, stream = logging.getLogger("gunicorn.error"), io.StringIO()
    reopened = logging.StreamHandler(stream)
    log.addHandler(reopened)
    try:
        errors.write("reported\n")
    finally:
        log.removeHandler(reopened)
    assert "reported\n" in stream.getvalue()
