"""What the worker does at its bounds, which no test could reach from outside in a moment."""

import errno
import logging
import selectors
import signal
import socket
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import PollableMethodQueue

from booking_api.server import answers
from booking_api.server import worker as module
from booking_api.server.connection import Connection
from booking_api.server.spread import ConnectionCounts, Share
from booking_api.server.waiting import Sending, Waiting
from booking_api.server.worker import Worker

from .raw import assert_refused

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


class Pool:
    """Threads that are never free."""

    def __init__(self):
        self.given = []

    def submit(self, _work, conn):
        """Take a connection."""
        self.given.append(conn)
        return SimpleNamespace(add_done_callback=lambda _callback: None)


@pytest.fixture
def worker():
    """A worker that was never started."""
    made = Worker.__new__(Worker)
    made.log = logging.getLogger("tests.worker")
    made.poller = selectors.DefaultSelector()
    made.tpool = Pool()
    made.nr_conns = 1
    made._accepting, made._share = True, Share(ConnectionCounts(), 0)
    made._held, made._working = 0, set()
    made._lingering, made._draining, made.pending_conns = Waiting(2), Waiting(2), Waiting(2)
    made._queues = (made._lingering, made._draining, made.pending_conns)
    yield made
    made.poller.close()


@pytest.fixture
def pair():
    """A connection of the worker, and its client's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(10)
        conn = Connection(Config(), ours, ("192.0.2.1", 1234), ("127.0.0.1", 8000), 1_000_000)
        with conn.sock:
            yield conn, theirs


def answer(client):
    """Status, head and body of the answer."""
    head, _, body = client.recv(65536).partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def test_large_requests_are_refused_while_too_much_waits_for_a_thread(worker, pair):
    conn, client = pair
    worker._held = module.MOST_WAITING_BYTES
    assert conn.parser.feed(HEAD % 20_000 + b"x" * 20_000)
    worker.enqueue_req(conn)
    told = answer(client)
    assert_refused(told, 503)
    assert "Retry-After: 1" in told[1]
    assert not worker.tpool.given
    assert conn.parser.size == 0
    assert worker._held == module.MOST_WAITING_BYTES


def test_small_requests_wait_for_a_thread_all_the_same(worker, pair):
    conn, _ = pair
    worker._held = module.MOST_WAITING_BYTES
    assert conn.parser.feed(HEAD % 1_000 + b"x" * 1_000)
    worker.enqueue_req(conn)
    assert worker.tpool.given == [conn]
    assert worker._held > module.MOST_WAITING_BYTES


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_without_a_free_file_the_oldest_connection_makes_room(worker, pair, number):
    conn, client = pair

    def accept():
        raise OSError(number, "no more files")

    worker._wait(conn, worker.pending_conns, worker._read)
    for _ in range(2):
        worker.accept(SimpleNamespace(accept=accept))
    assert client.recv(1) == b""
    assert (worker.nr_conns, len(worker.pending_conns)) == (0, 0)


def test_the_longest_waiting_answer_goes_when_too_much_is_unsent(worker, pair, monkeypatch):
    conn, client = pair
    monkeypatch.setattr(answers, "MOST_UNSENT_BYTES", 150_000)
    worker._sending = Sending(2)
    conn.sock.unsent += b"x" * 100_000
    worker._send_rest(conn, keep=True)
    assert len(worker._sending) == 1
    ours, theirs = socket.socketpair()
    other = Connection(Config(), ours, ("192.0.2.2", 1234), ("127.0.0.1", 8000), 1_000_000)
    with other.sock, theirs:
        other.sock.unsent += b"x" * 100_000
        worker._send_rest(other, keep=True)
        assert client.recv(1) == b""
        assert list(worker._sending) == [other]
        assert worker._sending.size == 100_000


def test_a_failure_of_the_server_is_a_problem_document_that_quotes_nothing(worker, pair):
    conn, client = pair
    worker.handle_error(None, conn.sock, conn.client, RuntimeError("a secret"))
    told = answer(client)
    assert_refused(told, 500)
    assert b"secret" not in told[2]


class Left(BaseException):
    """The process has ended."""


def test_an_interrupt_ends_a_worker_from_its_loop_and_one_that_starts_at_once(worker, monkeypatch):
    def leave(status):
        raise Left(status)

    monkeypatch.setattr(module.os, "_exit", leave)
    worker.method_queue = PollableMethodQueue()
    worker.method_queue.init()
    worker.booted = worker.alive = True
    worker.handle_quit(signal.SIGINT, None)  # raises nothing here, where the main thread may hold a lock
    assert not worker.alive
    with pytest.raises(SystemExit, match="0"):
        worker.method_queue.run_callbacks(None)
    worker.method_queue.close()
    worker.booted = False
    with pytest.raises(Left, match="0"):
        worker.handle_quit(signal.SIGINT, None)
