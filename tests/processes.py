"""The service as real processes: started, watched, stopped, and ended as a power cut would."""

import contextlib
import ctypes
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pymongo
import requests
from pymongo.database import Database

from booking_api.development import embedded, mongod, supervisor

from . import contract
from .pids import CALM_SECONDS, children, eventually, is_alive
from .ports import free_port

CHECKOUT = Path(__file__).resolve().parent.parent
SECRET = "a secret for processes of at least thirty-two bytes"
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
TOLD_OF_A_FAILURE = 1_000_000  # characters of what the service printed
LIBC = ctypes.CDLL(None)
numbers = itertools.count(1)


def gunicorn(_port: int) -> list[str]:
    """The command of the Procfile."""
    return [sys.executable, "-m", "gunicorn", "wsgi:app"]


def flask_run(port: int) -> list[str]:
    """The command for one's own machine."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", "run", "--port", str(port)]


def flask(*words: str, **settings) -> subprocess.CompletedProcess:
    """Run a command of `flask --app wsgi` to its end; what it printed is text."""
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environ |= {name: str(value) for name, value in settings.items() if value is not None}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    return subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=100, check=False)


class Caller(requests.Session):
    """One person with a connection of their own; paths are taken under /api/v1."""

    def __init__(self, url: str, token: str | None = None, user: dict | None = None):
        super().__init__()
        self.url, self.token, self.user = url, token, user
        self.trust_env = False
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, path, *args, **options):
        """Send a request, by default for at most 30 s, and hold the answer against the document."""
        options.setdefault("timeout", 30)
        answer = super().request(method, f"{self.url}/api/v1{path}", *args, **options)
        if not options.get("stream"):
            contract.check(method, f"/api/v1{path}", answer.status_code, answer.headers, answer.content)
        return answer

    def again(self, url: str | None = None) -> "Caller":
        """The same person with another connection, for another thread or another service."""
        return Caller(url or self.url, self.token, self.user)


class Service:
    """A running copy of the service; `settings` are its environment variables.

    With `MONGODB_URI` among them it runs in production mode. Start it in the main thread: the kernel stops it when
    the thread that started it ends, so that not even a killed test run leaves processes behind.
    """

    def __init__(self, var_dir: Path, *, command: Callable[[int], list[str]] = gunicorn, workers: int = 1, **settings):
        self.var_dir = var_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "VAR_DIR": var_dir,
            "PORT": self.port,
            "WEB_CONCURRENCY": workers,
            "BCRYPT_ROUNDS": 4,
            "UPDATE_NOTICE_SECONDS": 0,
            "RATELIMIT_ENABLED": "false",
            **({"JWT_SECRET_KEY": SECRET} if "MONGODB_URI" in settings else {}),
            **settings,
        }
        self.inherited: tuple[int, ...] = ()  # descriptors that it gets from us
        self._command = command(self.port)
        self._mark = f"BOOKING_TEST_SERVICE={uuid.uuid4()}"
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `close`)
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Service":
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error) -> None:
        if kind:  # pytest shows it beside the failure: why the service answered as it did
            print(self.output()[-TOLD_OF_A_FAILURE:])
        self.close()

    def launch(self) -> None:
        """Start the processes, without waiting for anything."""
        environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environ |= {name: str(value) for name, value in self.settings.items() if value is not None}
        environ |= [self._mark.split("=")]
        self._process = subprocess.Popen(
            self._command,
            cwd=CHECKOUT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.inherited,
            preexec_fn=stop_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
        )

    def wait_ready(self, seconds: float = CALM_SECONDS) -> None:
        """Wait until it answers 200 on /readyz; fails at once when it has left."""

        def ready() -> bool:
            assert self._process.poll() is None, f"The service left: {self.output()}"
            return self.status("/readyz") == 200

        eventually(ready, "the service is ready", seconds, pause=0.05)

    def wait_end(self, seconds: float = CALM_SECONDS) -> int:
        """Wait until the first process has left, and return its exit status."""
        return self._process.wait(seconds)

    def status(self, path: str) -> int | None:
        """The status that a path answers with; None if nobody answers."""
        try:
            return requests.get(self.url + path, timeout=30).status_code
        except requests.RequestException:
            return None

    def output(self) -> str:
        """What it has printed so far."""
        descriptor = self._printed.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    def sign_up(self, role: str) -> Caller:
        """Register somebody new and log in; a service with little time may be too busy for it at first."""
        with Caller(self.url) as anybody:
            session = eventually(lambda: _signed_up(anybody, role), "somebody has signed up")
        return Caller(self.url, session["access_token"], session["user"])

    def database(self) -> Database:
        """Its database, past the service."""
        uri = self.settings.get("MONGODB_URI") or embedded.address(self.var_dir)
        return pymongo.MongoClient(uri, tz_aware=True, timeoutMS=CALM_SECONDS * 1000).get_default_database("booking")

    @property
    def pid(self) -> int:
        """gunicorn's master, or `flask run`."""
        return self._process.pid

    def mongod_pid(self) -> int:
        """The embedded MongoDB."""
        return next(pid for pid in children(self.supervisor_pid()) if _name(pid) == "mongod")

    def supervisor_pid(self) -> int:
        """Who starts the embedded MongoDB again."""
        return next(pid for pid in children(self.pid) if _name(pid) == supervisor.NAME)

    def worker_pids(self) -> list[int]:
        """gunicorn's workers."""
        return [pid for pid in children(self.pid) if _name(pid) != supervisor.NAME]

    def left_behind(self) -> list[int]:
        """All that still runs of what this service started, orphans too: each has our mark in its environment."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = self._mark.encode() in (folder / "environ").read_bytes()
            except OSError:  # it has ended, or is another user's
                continue
            if marked and is_alive(int(folder.name)):
                found.append(int(folder.name))
        return found

    def stop(self, how: int = signal.SIGTERM, *, group: bool = False, seconds: float = CALM_SECONDS) -> int:
        """Signal the first process (or, as a terminal does, its whole group); the exit status once it has left."""
        (os.killpg if group else os.kill)(self.pid, how)
        return self.wait_end(seconds)

    def kill_everything(self) -> None:
        """SIGKILL the master, its workers and mongod: what a power cut does to processes."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)  # it starts nobody new now, and reaps nobody, so pids stay ours
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            for parent in (*children(self.pid), self.pid):
                for pid in children(parent):  # mongod first, or it would hear that its parent is gone
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        for pid in self.left_behind():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        eventually(lambda: not self.left_behind(), "every process has ended")

    def close(self) -> None:
        """End whatever still runs."""
        if self._process is not None:
            self.kill_everything()
        self._printed.close()


def _signed_up(anybody: Caller, role: str) -> dict | None:
    number = next(numbers)
    person = {"email": f"{role}{number}@example.com", "password": "correct horse battery"}
    about = {"name": f"Person {number}", "role": role}
    answer = anybody.post("/auth/register", json=person | about)
    if answer.status_code == 201:
        answer = anybody.post("/auth/login", json=person)
    assert answer.status_code in (200, 503), answer.text
    return answer.json() if answer.status_code == 200 else None


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def stop_with_parent() -> None:
    """Run in a new process: have the kernel stop it when the thread that started it ends.

    Ctrl-C works in it too where the tests themselves were started in the background, which ignores it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    LIBC.prctl(mongod.PR_SET_PDEATHSIG, signal.SIGTERM)
