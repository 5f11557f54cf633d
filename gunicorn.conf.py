"""gunicorn's settings; the address and the numbers come from the environment."""

import os
import resource
import sys

from booking_api.config import Settings
from booking_api.errors import StartupError
from booking_api.serving import prepare
from booking_api.web.services import EXTENSION
from booking_api.worker import Worker

try:
    settings = Settings.from_environ()
except StartupError as error:
    sys.exit(f"Error: {error}")

OTHER_FILES = 500  # of a worker: MongoDB, mail, logs, locks


def most_connections() -> int:
    """How many clients a worker may have, once it may have as many open files as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000 + OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return (wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)) - OTHER_FILES


# A platform (Render) gives PORT and expects every address; on one's own machine nobody else should reach it.
bind = f"{'0.0.0.0' if settings.production else '127.0.0.1'}:{settings.port}"  # noqa: S104
worker_class = "booking_api.worker.Worker"
# A request in progress is over by then, so that only one that is still arriving is cut.
Worker.read_seconds = 3 * settings.request_seconds
workers = settings.workers
threads = settings.threads
preload_app = False  # clients, pools and threads are made after the fork
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than a proxy's idle time, so that the proxy closes first
# A rush of thousands: the kernel holds those who knock at once (as far as net.core.somaxconn allows), the workers take
# them all in, and each waits for a thread.
backlog = 4096
worker_connections = most_connections()
http_parser = "fast"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108 (a heartbeat on disk can stall)
limit_request_line = 8190
limit_request_fields = 100


def on_starting(_server):
    """Find or start MongoDB and check it, once, before the workers."""
    try:
        prepare(settings)
    except StartupError as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def worker_exit(_server, worker):
    """Drop queued jobs, which the outbox keeps, so that the worker leaves at once."""
    app = getattr(worker, "wsgi", None)  # a worker may be stopped before it has loaded the application
    if app is not None and not app.extensions[EXTENSION]["jobs"].stop():
        # A thread waits for a mail server, and Python would wait for the thread. Its job's lease runs out by itself.
        os._exit(0)
