"""What a thread does with a request: when the connection is kept, and what becomes of failures."""

import logging

import pytest

from .raw import assert_refused
from .unstarted import Server, answering


@pytest.fixture
def server():
    """A worker with gunicorn's usual settings."""
    return Server()


@pytest.mark.parametrize("settings", [{"keepalive": 0}, {"max_requests": 1}])
def test_settings_may_have_the_connection_closed(settings):
    server = Server(**settings)
    assert server.ask(answering(b"hello")).headers["Connection"] == "close"
    assert not server.keeps
    assert server.worker.alive is ("max_requests" not in settings)


def test_a_worker_that_stops_announces_that_it_closes(server):
    server.worker.alive = False
    assert server.ask(answering(b"hello")).headers["Connection"] == "close"
    assert not server.keeps


def test_of_a_surplus_each_connection_ends_after_an_answer(server):
    server.worker._surplus = 1
    assert server.ask(answering(b"hello"), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body == b"hello"
    assert server.ask(answering(b"hello")).headers["Connection"] == "close"
    assert not server.keeps
    assert server.ask(answering(b"hello")).headers["Connection"] == "keep-alive"
    assert server.keeps


def test_a_failure_before_the_answer_is_a_problem_document(server):
    def application(_environ, _start_response):
        raise RuntimeError("a secret")

    heard = server.ask(application)
    assert_refused((int(heard.status.split()[1]), heard.raw.decode("latin-1"), heard.body), 500)
    assert b"secret" not in heard.body
    assert not server.keeps


def test_a_failure_in_the_middle_ends_the_answer_where_it_is(server):
    closed = []

    class Parts:
        def __iter__(self):
            yield b"hello"
            raise RuntimeError("a secret")

        def close(self):
            closed.append(True)

    def application(_environ, start_response):
        start_response("200 OK", [])
        return Parts()

    heard = server.ask(application)
    assert heard.body == b"5\r\nhello\r\n"
    assert not server.keeps
    assert closed == [True]


def test_gunicorns_access_log_is_written_only_if_it_was_asked_for(tmp_path):
    unread = {"version": 1, "loggers": {"gunicorn.error": {"level": "INFO", "handlers": []}}}
    unasked, asked = Server(logconfig_dict=unread), Server(accesslog=str(tmp_path / "access"))
    for server in (unasked, asked):
        server.worker.log.atoms = lambda *_all, server=server: server.accesses.append(True) or {}
        server.ask(answering(b"hello"))
    assert (unasked.accesses, asked.accesses) == ([], [True])
    for handler in logging.getLogger("gunicorn.access").handlers[:]:
        logging.getLogger("gunicorn.access").removeHandler(handler)
        handler.close()
