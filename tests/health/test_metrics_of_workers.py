"""The numbers of several workers: they add up, outlive a worker, and are there without MongoDB."""

import os
import re
import signal
import tempfile
from pathlib import Path

import pytest
import requests

from ..pids import CALM_SECONDS, eventually
from ..processes import Service
from .scrapes import numbers

pytestmark = pytest.mark.server

TOKEN = "a token for the tests"


@pytest.fixture(scope="module")
def service():
    """The service with two workers and a token."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", workers=2, METRICS_TOKEN=TOKEN, REQUEST_SECONDS=2) as made,
    ):
        yield made


def look(service):
    """The numbers of all workers of a service."""
    answer = requests.get(f"{service.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=CALM_SECONDS)
    assert answer.status_code == 200, answer.text
    return numbers(answer.text)


def alive(found):
    """How often `/healthz` was answered."""
    labels = {"method": "GET", "route": "/healthz", "status": "200"}
    return found.get(("http_requests_total", frozenset(labels.items())), 0)


def metrics_folder(service):
    """Where its workers keep their numbers: files that they have mapped."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in service.worker_pids()]
    (folder,) = set(re.findall(r"(\S*/booking-metrics-\w+)/", "".join(maps)))
    return Path(folder)


def ask(service, times=40):
    """Ask `/healthz` so often, each time on a connection that either worker may take."""
    for _ in range(times):
        assert service.status("/healthz") == 200
    return times


def test_the_workers_add_up_also_when_one_has_died(service):
    expected = alive(look(service)) + ask(service)
    assert alive(look(service)) == expected
    folder = metrics_folder(service)
    dead = service.worker_pids()[0]
    levels = folder / f"gauge_livesum_{dead}.db"
    eventually(levels.exists, "the worker has noted its levels")
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: not levels.exists(), "its levels are gone")
    assert alive(look(service)) == expected
    eventually(lambda: dead not in service.worker_pids() and len(service.worker_pids()) == 2, "there is another worker")
    expected += ask(service)
    assert alive(look(service)) == expected


def of_each(found, name):
    """A number of each worker."""
    return {dict(labels)["worker"]: value for (found_name, labels), value in found.items() if found_name == name}


def test_each_worker_says_what_it_uses_under_a_number_that_its_successor_takes_over(service):
    def noted():
        started = of_each(look(service), "process_start_time_seconds")
        return set(started) == {"0", "1"} and all(started.values())

    eventually(noted, "both have noted what they use")
    before = look(service)
    (dead, other) = service.worker_pids()
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: dead not in service.worker_pids() and len(service.worker_pids()) == 2, "there is another worker")
    started = of_each(before, "process_start_time_seconds")
    eventually(lambda: of_each(look(service), "process_start_time_seconds") != started, "the old one is gone")
    eventually(noted, "it has noted too")
    after = look(service)
    assert sum(of_each(after, "process_start_time_seconds")[number] != started[number] for number in "01") == 1
    for number in "01":
        cpu = [of_each(found, "process_cpu_seconds_total")[number] for found in (before, after)]
        assert 0 < cpu[0] <= cpu[1]
    assert other in service.worker_pids()


def test_a_look_is_answered_while_mongodb_is_frozen(service):
    os.kill(service.mongod_pid(), signal.SIGSTOP)
    try:
        eventually(lambda: look(service)["mongodb_up", frozenset()] == 0, "MongoDB is away", pause=0.5)
    finally:
        os.kill(service.mongod_pid(), signal.SIGCONT)
    eventually(lambda: look(service)["mongodb_up", frozenset()] == 1, "MongoDB is up again", pause=0.5)


def test_a_service_that_was_stopped_leaves_no_numbers_behind(service):
    folder = metrics_folder(service)
    assert folder.is_dir()
    assert service.stop(signal.SIGTERM) == 0
    assert not folder.exists()
