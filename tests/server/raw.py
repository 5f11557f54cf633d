"""HTTP by the byte, for the tests of what no library would send."""

import contextlib
import json
import re
import socket

import requests

THREADS = 4
SECONDS = 20  # less than the service gives those who keep it waiting, where a module does not say otherwise


def connect(service):
    """A connection of one's own."""
    return socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS)


def received(connection):
    """Everything up to the end of the connection, or until nothing more comes."""
    content = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := connection.recv(65536):
            content += part
    return content


def send(service, raw):
    """Status and body that the bytes are answered with."""
    with connect(service) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        head, _, body = received(connection).partition(b"\r\n\r\n")
    assert head, "There was no answer."
    return int(head.split()[1]), head.decode("latin-1"), body


def answers_in_time(service):
    """Whether others are answered within 3 s."""
    try:
        return requests.get(service.url + "/healthz", timeout=3).status_code == 200
    except requests.RequestException:
        return False


def get(path, *headers):
    """The bytes of a GET that ends its connection."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def assert_refused(answer, *statuses):
    """The answer is a problem document with one of these statuses, and says nothing of a version or a stack."""
    status, head, body = answer
    assert status in statuses, (head, body)
    assert "content-type: application/problem+json" in head.lower()
    assert "x-request-id: " in head.lower()
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["code"] and problem["title"] and problem["detail"]
    assert problem["type"].endswith(f"/problems/{problem['code']}")
    assert not re.search(r"gunicorn/|werkzeug|python|Traceback|File ", head + body.decode(), re.IGNORECASE)
