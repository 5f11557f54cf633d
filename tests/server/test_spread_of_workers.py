"""Connections are spread over real workers, whatever becomes of one of them, and a reload loses none."""

import contextlib
import os
import signal
import socket
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest

from ..pids import freeze, kill
from ..processes import Service, eventually
from .raw import SECONDS, connect, get

pytestmark = pytest.mark.server

WORKERS, CONNECTIONS, TRIALS = 2, 32, 20
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b'{"status":"ok"}'
LISTENS = "0A"  # in /proc/net/tcp


@pytest.fixture
def service():
    """The service with two workers, both of which answer."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", workers=WORKERS) as made,
    ):
        wait_for_workers(made)
        yield made


def wait_for_workers(service, gone=()):
    """Wait until there are two workers, none of which is one that must have `gone`, and each has a connection."""
    eventually(
        lambda: len(service.worker_pids()) == WORKERS and not {*gone} & {*service.worker_pids()}, "both workers run"
    )
    with contextlib.ExitStack() as stack:

        def all_accept():
            stack.enter_context(connect(service))
            return all(shares(service).values())

        eventually(all_accept, "both workers accept")
    wait_until_unused(service)


def wait_until_unused(service):
    """Wait until no connection is open."""
    eventually(lambda: not sum(shares(service).values()), "all connections are closed")


def shares(service):
    """How many clients each worker has, by the sockets that the kernel says it has open."""
    clients = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state != LISTENS and int(local.rpartition(":")[2], 16) == service.port:
            clients.add(f"socket:[{inode}]")
    return {pid: len(sockets(pid) & clients) for pid in service.worker_pids()}


def sockets(pid):
    """The sockets that a process has open."""
    found = set()
    with contextlib.suppress(FileNotFoundError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.add(str(descriptor.readlink()))
    return found


@contextlib.contextmanager
def opened_at_once(service, count=CONNECTIONS):
    """So many connections, opened without waiting for one another."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.socket()) for _ in range(count)]
        for connection in made:
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.connect(("127.0.0.1", service.port))
        for connection in made:
            connection.settimeout(SECONDS)
        yield made


def ask(connection):
    """Send a request and read its answer; whether the connection is kept."""
    connection.sendall(REQUEST)
    return answer(connection)


def answer(connection):
    """Read an answer; whether the connection is kept."""
    content = b""
    while not content.endswith(BODY):
        part = connection.recv(65536)
        assert part, f"the end after {content!r}"
        content += part
    assert content.startswith(b"HTTP/1.1 200")
    return b"connection: close" not in content.lower()


def is_spread(service, count=CONNECTIONS):
    """Whether no worker has more than 60 % of the connections, once all are accepted."""
    eventually(lambda: sum(shares(service).values()) == count, "all are accepted", pause=0.002)
    return max(shares(service).values()) <= 0.6 * count


@contextlib.contextmanager
def opened_and_spread(service):
    """Connections of which no worker has more than 60 %.

    They are opened anew where it has: a worker for which a busy machine has no time is not waited for.
    """
    for _ in range(5):
        with opened_at_once(service) as made:
            if is_spread(service):
                yield made
                return
        wait_until_unused(service)
    pytest.fail("The connections are not spread.")


def test_connections_opened_at_once_are_spread_over_the_workers(service):
    spread = []
    for _ in range(TRIALS):
        with opened_at_once(service):
            spread.append(is_spread(service))
        wait_until_unused(service)
    assert spread.count(True) >= 0.75 * TRIALS  # without our doing, it was 9 of 40


def test_a_frozen_worker_holds_nobody_back(service):
    frozen, _ = service.worker_pids()
    freeze(frozen)
    try:
        with opened_at_once(service) as connections:
            for connection in connections:
                ask(connection)  # some may hear that they should come back, as long as the other counts
            assert shares(service)[frozen] == 0
    finally:
        os.kill(frozen, signal.SIGCONT)

    def takes_its_share():
        wait_until_unused(service)
        with opened_at_once(service) as connections:
            eventually(lambda: sum(shares(service).values()) == len(connections), "all are accepted", pause=0.002)
            return shares(service)[frozen] > 0

    eventually(takes_its_share, "the worker that was frozen takes connections again")
    wait_until_unused(service)
    with opened_and_spread(service):
        pass


def test_a_killed_worker_holds_nobody_back_and_leaves_its_share_to_its_successor(service):
    killed, survivor = service.worker_pids()
    with opened_and_spread(service) as before:
        kill(killed)
        with opened_at_once(service) as during:
            for connection in during:
                ask(connection)
        left = shares(service)[survivor]
        assert left < len(before)
    wait_for_workers(service, gone=[killed])
    with opened_and_spread(service):
        pass


def test_clients_of_a_killed_worker_move_to_its_successor_as_they_ask(service):
    killed, survivor = service.worker_pids()
    with opened_and_spread(service) as connections:
        kill(killed)
        for number, connection in enumerate(connections):
            with contextlib.suppress(OSError, AssertionError):
                if ask(connection):
                    continue
            connection.close()
            connections[number] = connect(service)

        def are_spread():
            for number, connection in enumerate(connections):
                if not ask(connection):
                    connection.close()
                    connections[number] = connect(service)
            found = shares(service)
            return len(found) == WORKERS and max(found.values()) <= 0.6 * CONNECTIONS

        eventually(are_spread, "the clients are spread")
        assert survivor in service.worker_pids()
        for connection in connections:
            connection.close()


def test_a_reload_under_load_fails_no_request(service):
    over, counted, failures = threading.Event(), Counter(), []

    def keep_asking(kind, request):
        connection = None
        try:
            while not over.is_set():
                connection = connection or connect(service)
                connection.sendall(request)
                if not answer(connection):
                    connection.close()
                    connection = None
                counted[kind] += 1
        except (OSError, AssertionError) as error:
            failures.append((kind, error))

    kinds = {"kept": REQUEST, "short": get("/healthz")}
    threads = [threading.Thread(target=keep_asking, args=kind) for kind in kinds.items() for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            old = service.worker_pids()
            os.kill(service.pid, signal.SIGHUP)
            eventually(
                lambda gone=old: len(service.worker_pids()) == WORKERS and not {*gone} & {*service.worker_pids()},
                "all workers are new",
                60,
            )
            before = counted.copy()
            eventually(lambda: failures or all(counted[kind] > before[kind] + 100 for kind in kinds), "they answer")  # noqa: B023
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not failures
