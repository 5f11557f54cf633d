"""Metrics for Prometheus. Packages declare theirs in `REGISTRY`.

Under gunicorn each worker writes its numbers to files in the folder `PROMETHEUS_MULTIPROC_DIR`, which is set by
`gunicorn.conf.py`; any worker can add them up (https://prometheus.github.io/client_python/multiprocess/). Labels are
methods, routes, states and codes, so their number is bounded and they name no person.
"""

import contextlib
import fcntl
import math
import os
import re
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ..private_files import FOLDER_FLAGS

SEVERAL_PROCESSES = "PROMETHEUS_MULTIPROC_DIR" in os.environ  # as prometheus_client decides when it is imported
SAMPLE_SECONDS = 2.0
MADE_PREFIX = "booking-metrics-"
FORSAKEN_SECONDS = 60  # an unlocked folder that is older was left behind
REGISTRY = CollectorRegistry()

BATCH_SIZE = Histogram(
    "group_commit_batch_size",
    "Requests that shared one transaction.",
    registry=REGISTRY,
    buckets=(1, 2, 5, 10, 20, 50, 100),
)


def level(name: str, meaning: str, labels: Iterable[str] = ()) -> Gauge:
    """Declare a gauge whose value is the sum over the live workers."""
    return Gauge(name, meaning, labels, registry=REGISTRY, multiprocess_mode="livesum")


def exposition() -> bytes:
    """Return the metrics of all workers, in Prometheus's text format."""
    if not SEVERAL_PROCESSES:
        return generate_latest(REGISTRY)
    all_workers = CollectorRegistry()
    all_workers.register(AllWorkers())
    return generate_latest(all_workers)


class AllWorkers(Collector):
    """Adds up the numbers of all workers."""

    def collect(self) -> Iterable[Metric]:
        """Return the sums over the files that have numbers."""
        merged: Iterable[Metric] = MultiProcessCollector.merge(_files_with_numbers())  # type: ignore[no-untyped-call]
        return merged


def _files_with_numbers() -> list[str]:
    # A worker creates each of its files empty, makes it larger a moment later, and may be killed in between.
    found = []
    for file in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db"):
        with contextlib.suppress(FileNotFoundError):  # that of a worker that has just died
            if file.stat().st_size:
                found.append(str(file))
    return found


WAITING_REQUESTS = level("group_commit_waiting_requests", "Requests that wait for a place in a transaction.")
QUEUED_JOBS = level("jobs_queued", "Jobs that wait in a worker for a thread.")
CONNECTIONS = level("mongodb_connections", "Connections to MongoDB, by state.", ["state"])


def hold_folder(folder: Path) -> int:
    """Lock the folder of the metrics while this process or one that it forks lives; return the locked descriptor.

    If `gunicorn.conf.py` created the folder, others of its kind beside it whose processes were killed are removed. If
    the operator chose it, nothing beside it is touched.
    """
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    os.set_inheritable(held, True)  # so that a new master (USR2) keeps the lock
    if is_made_by_us(folder):
        for other in folder.parent.glob(f"{MADE_PREFIX}*"):
            with contextlib.suppress(OSError):  # locked, another user's, a link, or just removed by somebody else
                _remove_forsaken(other)
    return held


def is_made_by_us(folder: Path) -> bool:
    """Whether it is a folder that mkdtemp(3) created with our prefix: ours, not a link, and closed to others."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return private and re.fullmatch(f"{MADE_PREFIX}[a-z0-9_]{{8}}", folder.name) is not None


def _remove_forsaken(folder: Path) -> None:
    """Remove a folder of metrics that no process holds. Raises `OSError` if one does."""
    if not is_made_by_us(folder):
        return
    descriptor = os.open(folder, FOLDER_FLAGS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.time() - os.fstat(descriptor).st_mtime > FORSAKEN_SECONDS:
            shutil.rmtree(folder)
    finally:
        os.close(descriptor)


class Sampler:
    """Reads the gauges every `SAMPLE_SECONDS`, so that no request has to do it, and calls what `counts` by itself.

    Creates no thread before `start`, which must be called after the fork.
    """

    def __init__(self, sources: dict[Gauge, Callable[[], float]], counts: Iterable[Callable[[], None]] = ()):
        self._sources = sources
        self._counts = tuple(counts)

    def start(self) -> None:
        """Start sampling; the thread ends with its process."""
        threading.Thread(target=self._run, name="sampler", daemon=True).start()

    def sample(self) -> None:
        """Read the gauges of this process now."""
        for gauge, read in self._sources.items():
            try:
                gauge.set(read())
            except Exception:  # one that cannot be read must not stop the others
                gauge.set(math.nan)
        for count in self._counts:
            count()

    def _run(self) -> None:
        self.sample()
        pause = threading.Event()
        while not pause.wait(SAMPLE_SECONDS):
            self.sample()
