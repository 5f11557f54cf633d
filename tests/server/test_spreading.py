"""Connections are spread over the workers, whatever becomes of one of them, and a reload fails none."""

import os
import signal
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from ..pids import eventually, freeze
from ..processes import Service

pytestmark = pytest.mark.server

WORKERS = 2
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def service(tmp_path):
    """The service with two workers."""
    with Service(tmp_path / "var", workers=WORKERS, WEB_THREADS=4) as made:
        yield made


def sockets_of(process):
    """The inodes of the sockets that a process has open."""
    found = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def connections_of(processes, port):
    """How many established connections to a port each process has accepted."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ours = {line.split()[9] for line in lines if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01"}
    return Counter({process: len(sockets_of(process) & ours) for process in processes})


def connect(service, stack, number):
    """Open so many connections, send a request on each at once, and read the answers; returns the sockets."""
    opened = [stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 10)) for _ in range(number)]
    for connection in opened:
        connection.sendall(REQUEST)
    for connection in opened:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    return opened


def is_spread(service):
    """Whether of 32 connections that are opened at once no worker gets more than 60 %."""
    workers = service.worker_pids()
    with ExitStack() as stack:
        connect(service, stack, 32)
        counted = connections_of(workers, service.port)
    eventually(lambda: not connections_of(workers, service.port).total(), "they are closed", 10)
    return counted.total() == 32 and max(counted.values()) <= 0.6 * 32


def test_of_32_connections_no_worker_has_more_than_60_percent_in_20_trials(service):
    eventually(lambda: is_spread(service), "all workers accept connections")
    assert [is_spread(service) for _ in range(20)] == [True] * 20


def test_a_frozen_worker_holds_up_nobody_for_long(service):
    frozen, other = service.worker_pids()
    freeze(frozen)
    try:
        with ExitStack() as stack:
            began = time.monotonic()
            opened = [stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 10)) for _ in range(16)]
            for connection in opened:
                connection.sendall(REQUEST)
                assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            assert connections_of([other], service.port)[other] == 16
            assert time.monotonic() - began < 5
    finally:
        os.kill(frozen, signal.SIGCONT)


def test_a_killed_worker_leaves_no_count_behind(service):
    killed = service.worker_pids()[0]
    with ExitStack() as stack:
        connect(service, stack, 20)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(found := service.worker_pids()) == WORKERS and killed not in found, "there is another")
    eventually(lambda: is_spread(service), "the new worker takes its part")


@pytest.mark.parametrize("kept", [True, False])
def test_a_reload_under_load_fails_no_request(service, kept):
    ended, failures, answered = threading.Event(), [], []

    def call():
        with requests.Session() as session:
            session.trust_env = False
            if not kept:
                session.headers["Connection"] = "close"
            while not ended.is_set():
                try:
                    answered.append(session.get(f"{service.url}/healthz", timeout=20).status_code)
                except requests.RequestException as error:
                    failures.append(error)

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    try:
        for _ in range(2):
            before = set(service.worker_pids())
            os.kill(service.pid, signal.SIGHUP)
            eventually(
                lambda before=before: len(found := set(service.worker_pids())) == WORKERS and not found & before,
                "all workers are new",
                30,
            )
    finally:
        ended.set()
        for caller in callers:
            caller.join()
    assert not failures
    assert set(answered) == {200}
