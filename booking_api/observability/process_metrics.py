"""What each process uses: CPU, memory, open files, and since when it runs.

prometheus_client's own collector of these describes only the process that is asked. Here each worker notes its own
numbers under the number that `gunicorn.conf.py` has given it, and its successor takes that over: so a worker that is
replaced begins no new series, and the CPU time of its number goes on.
"""

import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client import Counter, Gauge

from .metrics import REGISTRY, level

NUMBER = "WORKER_NUMBER"  # set by `gunicorn.conf.py` in each worker; any other process is number 0
LABEL = ["worker"]
STATISTICS, OPEN_FILES = Path("/proc/self/statm"), Path("/proc/self/fd")  # Linux only; elsewhere they are NaN

CPU = Counter(
    "process_cpu_seconds", "CPU time of a worker, and of those that had its number before.", LABEL, registry=REGISTRY
)
MEMORY = level("process_resident_memory_bytes", "Memory of a worker that is in RAM.", LABEL)
OPEN = level("process_open_fds", "Open files and connections of a worker.", LABEL)
MOST_OPEN = Gauge(
    "process_max_fds",
    "How many files and connections a worker may have open.",
    LABEL,
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
STARTED = Gauge(
    "process_start_time_seconds",
    "When a worker started, in seconds since 1970.",
    LABEL,
    registry=REGISTRY,
    multiprocess_mode="livemax",
)


class ProcessUsage:
    """Measures this process; create it after the fork."""

    def __init__(self) -> None:
        worker = os.environ.get(NUMBER, "0")
        started = time.time()
        self.sources: dict[Gauge, Callable[[], float]] = {
            MEMORY.labels(worker): resident_bytes,
            OPEN.labels(worker): open_files,
            MOST_OPEN.labels(worker): lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            STARTED.labels(worker): lambda: started,
        }
        self._cpu = CPU.labels(worker)
        self._counted = 0.0
        self._counting = threading.Lock()

    def count(self) -> None:
        """Count the CPU time since the last call."""
        with self._counting:
            used = time.process_time()
            self._cpu.inc(used - self._counted)
            self._counted = used


def resident_bytes() -> float:
    """Return the memory of this process that is in RAM."""
    return int(STATISTICS.read_text().split()[1]) * resource.getpagesize()


def open_files() -> float:
    """Return how many files and connections this process has open."""
    return len(os.listdir(OPEN_FILES)) - 1  # without the folder itself
