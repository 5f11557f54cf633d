"""gunicorn's settings; the address and the numbers come from the environment."""

import logging
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

# Set before prometheus_client is imported, which reads it then; a reload runs this file again and keeps it.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(
    prefix="booking-metrics-",  # `booking_api.observability.metrics.MADE_PREFIX`, which cannot be imported yet
    dir="/dev/shm" if sys.platform == "linux" else None,  # noqa: S108 (a write to a slow disk would stall a worker)
)

from prometheus_client.multiprocess import mark_process_dead

from booking_api.config import Settings
from booking_api.errors import StartupError
from booking_api.events import titles
from booking_api.http.application import BODY_LIMIT
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.observability import logs
from booking_api.observability.metrics import hold_folder, is_made_by_us
from booking_api.observability.process_metrics import NUMBER
from booking_api.server.announcing import announce, warn_of_misspelled_settings
from booking_api.server.listening import require_free
from booking_api.server.preparing import prepare
from booking_api.server.worker import Worker

try:
    settings = Settings.from_environ()
except StartupError as error:
    sys.exit(f"Error: {error}")

OTHER_FILES = 500  # open in a worker besides its clients: MongoDB, mail, logs, locks


def most_connections() -> int:
    """Raise the limit of open files as far as the system allows; return how many clients a worker may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000 + OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(100, (wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)) - OTHER_FILES)


if "--preload" in os.environ.get("GUNICORN_CMD_ARGS", ""):  # Render's default for this variable
    sys.exit("Error: GUNICORN_CMD_ARGS overrides this service's own settings with --preload: set it to nothing.")

bind = settings.bind
worker_class = "booking_api.server.worker.Worker"
# A request in progress has ended by then, so that only one that is still arriving is cut off.
Worker.read_seconds = 3 * settings.request_seconds
Worker.body_limit = BODY_LIMIT
if settings.trusted_proxy_hops:
    Worker.most_of_a_client = None
# Measured on 2 cores that mongod and the load shared (one hot event, 128 connections, one run after the other). More
# threads let more bookings share a transaction: 322 bookings a second with 8, 516 with 24, 690 with 64. One process for
# each core is enough: twice as many sold a fifth more, and cost 70 MB each.
workers = settings.workers
threads = settings.threads
preload_app = False  # clients, pools and threads are made after the fork
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than a proxy's idle time, so that the proxy closes first
# In a rush of thousands the kernel queues new connections (as far as net.core.somaxconn allows), the workers accept
# them all, and each request waits for a thread.
backlog = 4096
worker_connections = most_connections()
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108 (a heartbeat on disk can stall)
logconfig_dict = logs.of_gunicorn(settings.log_format)
logging.getLogger("gunicorn.error").addFilter(logs.is_no_repetition)


def require_free_addresses(server):
    """Raise `StartupError` if a port is busy, unless the sockets are there already (systemd, USR2, `fd://`)."""
    given = server.LISTENERS or server.master_pid or os.environ.get("LISTEN_PID") == str(os.getpid())
    if given or server.cfg.reuse_port:
        return
    ours = server.cfg.bind == [settings.bind]  # otherwise --bind has replaced it
    for address in server.cfg.address:
        if isinstance(address, tuple):
            host, port = address
            require_free(host, port, lambda free: f"PORT={free}" if ours else f"--bind {host}:{free}")  # noqa: B023


def on_starting(server):
    """Find or start MongoDB and check it, once, before the workers start."""
    hold_folder(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
    logs.configure(settings.log_level, settings.log_format)
    try:
        require_free_addresses(server)
        warn_of_misspelled_settings()
        titles.prepare()  # a table that never changes: each worker would read it, which takes longer than all else
        prepare(settings)
    except StartupError as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def when_ready(server):
    """Say what runs, and where: the sockets listen now."""
    announce(settings, [str(listener) for listener in server.LISTENERS] or server.cfg.bind)


def pre_fork(server, worker):
    """Give the new worker the lowest number that no live one has."""
    taken = {other.number for other in server.WORKERS.values()}
    worker.number = next(number for number in range(len(taken) + 1) if number not in taken)
    Worker.counts.forget(worker.number)


def post_fork(_server, worker):
    """Tell the worker its number, under which it notes what it uses."""
    os.environ[NUMBER] = str(worker.number)


def worker_exit(_server, worker):
    """Drop queued jobs, which the outbox keeps, so that the worker exits at once."""
    app = getattr(worker, "wsgi", None)  # a worker may be stopped before it has loaded the application
    if app is not None and not services_of(app)[JobRunner].stop():
        # A thread is waiting for a mail server, and Python would wait for it. The lease of its job expires by itself.
        logs.flush()
        os._exit(0)


def child_exit(_server, worker):
    """Count the connections of a dead worker no more, and remove its gauges from the sums; its counters stay."""
    Worker.counts.forget(worker.number)
    mark_process_dead(worker.pid)


def on_exit(server):
    """Delete the metrics files, unless another master shares them (USR2)."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    if server.reexec_pid == server.master_pid == 0 and is_made_by_us(folder):
        shutil.rmtree(folder, ignore_errors=True)
