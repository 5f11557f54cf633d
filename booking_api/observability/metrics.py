"""What the service counts, for Prometheus. Each package declares its own counts here in `REGISTRY`.

Under gunicorn each worker writes its numbers to files that any of them can add up, in the folder that
`gunicorn.conf.py` names in `PROMETHEUS_MULTIPROC_DIR` (https://prometheus.github.io/client_python/multiprocess/).
Nothing here names a person: labels are methods, routes, states and codes, so there can be only so many of them.
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

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ..private_files import FOLDER_FLAGS

SEVERAL_PROCESSES = "PROMETHEUS_MULTIPROC_DIR" in os.environ  # prometheus_client decides by it when it is imported
SAMPLE_SECONDS = 2.0
MADE_PREFIX = "booking-metrics-"
FORSAKEN_SECONDS = 60  # a folder that is older and that nobody holds was left behind
REGISTRY = CollectorRegistry()

BATCH_SIZE = Histogram(
    "group_commit_batch_size",
    "Requests that rode together in one transaction.",
    registry=REGISTRY,
    buckets=(1, 2, 5, 10, 20, 50, 100),
)


def level(name: str, meaning: str, labels: Iterable[str] = ()) -> Gauge:
    """A gauge that is the sum over the workers that live."""
    return Gauge(name, meaning, labels, registry=REGISTRY, multiprocess_mode="livesum")


def exposition() -> bytes:
    """All counts of all workers, in Prometheus's text format."""
    if not SEVERAL_PROCESSES:
        return generate_latest(REGISTRY)
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)
    return generate_latest(everybody)


WAITING_REQUESTS = level("group_commit_waiting_requests", "Requests that wait for a place in a transaction.")
QUEUED_JOBS = level("jobs_queued", "Jobs that wait in a worker for a thread.")
CONNECTIONS = level("mongodb_connections", "Connections to MongoDB, by state.", ["state"])


def hold_folder(folder: Path) -> int:
    """Hold the folder of the numbers while this process or one that it forks lives; the descriptor that does.

    If it is one that we have made, others of that kind whose holders were killed are removed. One that the operator has
    named stands among we know not what.
    """
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    os.set_inheritable(held, True)  # a new master (USR2) takes over from the old one
    if is_made_by_us(folder):
        for other in folder.parent.glob(f"{MADE_PREFIX}*"):
            with contextlib.suppress(OSError):  # held, another user's, a link, or just removed by somebody else
                _remove_forsaken(other)
    return held


def is_made_by_us(folder: Path) -> bool:
    """Whether it is a folder as mkdtemp(3) makes them, with our name: ours, not a link, and closed to others."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return private and re.fullmatch(f"{MADE_PREFIX}[a-z0-9_]{{8}}", folder.name) is not None


def _remove_forsaken(folder: Path) -> None:
    """Remove a folder of numbers that nobody holds. Raises `OSError` if somebody does."""
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
    """Notes every `SAMPLE_SECONDS` what is a level and not a count, so that no request has to pay for it.

    Makes no thread before `start`, which must come after the fork.
    """

    def __init__(self, sources: dict[Gauge, Callable[[], float]]):
        self._sources = sources

    def start(self) -> None:
        """Begin to note; the thread ends with its process."""
        threading.Thread(target=self._run, name="sampler", daemon=True).start()

    def sample(self) -> None:
        """Note the levels of this process now."""
        for gauge, read in self._sources.items():
            try:
                gauge.set(read())
            except Exception:  # one that cannot be read is no reason to do without the others
                gauge.set(math.nan)

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(SAMPLE_SECONDS):
            self.sample()
