"""A server while it runs: any of the roster, on 127.0.0.1, in a session of its own, with its log in a file.

All have a process for every core, the same environment and the same MongoDB. Ours runs as it is deployed, with a line
of JSON in its log for each request, but without its request limits, for the rivals have none.
"""

import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import requests

from .database import Database
from .folders import FOLDER, ROOT
from .processes import cpu_seconds, resident
from .roster import ROSTER, VARIANTS

CORES = os.cpu_count() or 1
START_SECONDS = 60
STOP_SECONDS = 30
ATTEMPTS = 10
PASSWORD = "correct horse battery"
CALLERS = 4  # threads that sign people up before the measuring begins
LOOK_SECONDS = 0.25
IDLE = 0.05  # of a core: more is work


def prepare_process() -> None:
    """Let this process and the servers open as many files as allowed, and a request to end it end the servers too."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))


class Server:
    """One of the servers, from its start to its stop, while the `with` block runs."""

    def __init__(self, name: str, database: Database, **environ: str):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._entry = (ROSTER | VARIANTS)[name]
        self._environ = {
            "MONGODB_URI": database.uri,
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(CORES),
            "BCRYPT_ROUNDS": "4",
            "RATELIMIT_ENABLED": "false",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
            "NODE_ENV": "production",
        } | environ
        self._stack = ExitStack()
        self._local = threading.local()

    def __enter__(self) -> "Server":
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="server-", dir=FOLDER))
        log = self._stack.enter_context((Path(folder) / "log").open("wb"))
        environ = os.environ | self._environ | {"VAR_DIR": folder}
        command = self._entry.command(self.port)
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True)
        self._stack.callback(self._stop)
        try:
            self._wait_until_ready(Path(log.name))
        except BaseException:  # an interrupt too
            self._stack.close()
            raise
        return self

    def __exit__(self, *_error) -> None:
        self._stack.close()

    def post(self, path: str, body: dict, token: str | None = None) -> dict:
        """The answer to a POST that must succeed, if need be when it is asked again: a busy machine may say 503."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(ATTEMPTS):
            response = self._session().post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=60)
            if response.status_code != 503:
                break
            time.sleep(1)
        response.raise_for_status()
        return response.json()

    def get(self, path: str) -> requests.Response:
        """The answer to a GET that must succeed."""
        response = self._session().get(f"{self.url}/api/v1{path}", timeout=30)
        response.raise_for_status()
        return response

    def sign_up(self, name: str, role: str) -> str:
        """An access token of a new account."""
        email = f"{name}@example.com"
        self.post("/auth/register", {"name": name, "email": email, "password": PASSWORD, "role": role})
        return self.post("/auth/login", {"email": email, "password": PASSWORD})["access_token"]

    def sign_up_customers(self, number: int) -> list[str]:
        """Access tokens of so many new customers: customer0@example.com, and so on."""
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(lambda each: self.sign_up(f"customer{each}", "customer"), range(number)))

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        return self._local.session

    def cpu_seconds(self) -> float | None:
        """What all its processes have used so far; None where that is unknown."""
        return cpu_seconds(self._process.pid)

    def memory(self) -> dict[int, int]:
        """Bytes of memory that each of its processes has, by its id."""
        return resident(self._process.pid)

    def wait_until_idle(self, most: float) -> None:
        """Wait until it has done what it still owes after the last answer, at most so many seconds."""
        deadline = time.monotonic() + most
        before = self.cpu_seconds()
        while before is not None and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            after = self.cpu_seconds()
            if after - before <= IDLE * LOOK_SECONDS:
                break
            before = after

    def kill(self) -> None:
        """Kill all its processes at once, as a machine does that fails."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The server did not start:\n{log.read_text()}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}{self._entry.ready}", timeout=2).ok
        except requests.RequestException:
            return False

    def _stop(self) -> None:
        """Ask it to stop; then end what is left of its group: what that left half done, its transactions undo."""
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
