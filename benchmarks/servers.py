"""The servers to measure: this service, and the rivals that sell the same tickets by the same contract.

All have a process for every core, the same environment, the same MongoDB, and 127.0.0.1 only. Ours runs as the
Procfile starts it, without its request limits, for the rivals have none.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import requests

from .database import FOLDER, ROOT, Database

RIVALS = Path(__file__).resolve().parent / "rivals"
CORES = os.cpu_count() or 1
START_SECONDS = 60
STOP_SECONDS = 30
ATTEMPTS = 10
PASSWORD = "correct horse battery"
CALLERS = 4  # threads that sign people up before the measuring begins


class MissingTool(Exception):
    """A server cannot be run here; the message says what to install."""


def ours(port: int) -> list[str]:
    """The command of the Procfile, kept from the network although it has a database of its own."""
    return [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]


@cache
def _node_modules() -> Path:
    if not shutil.which("node") or not shutil.which("npm"):
        raise MissingTool("it needs Node 18 or newer (Debian: apt-get install nodejs npm)")
    folder = FOLDER / "express"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.js"):
        shutil.copy(RIVALS / "express" / name, folder)
    _install(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


def express(_port: int) -> list[str]:
    """Express and Mongoose, installed by the lock file; Node's cluster module starts its processes."""
    return ["node", str(_node_modules() / "server.js")]


@cache
def _venv() -> Path:
    folder = FOLDER / "venv"
    if not (folder / "bin" / "pip").exists():
        _install([sys.executable, "-m", "venv", str(folder)], ROOT)
    pins = Path(__file__).resolve().parent / "requirements.txt"
    _install([str(folder / "bin" / "pip"), "install", "-q", "-r", str(pins)], ROOT)
    return folder


def fastapi(port: int) -> list[str]:
    """FastAPI and PyMongo's async client; uvicorn takes its number of processes from WEB_CONCURRENCY."""
    return [
        *(str(_venv() / "bin" / "uvicorn"), "benchmarks.rivals.fastapi_app:app", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
        *("--backlog", "4096", "--timeout-graceful-shutdown", "5"),
    ]


COMMANDS = {"ours": ours, "express": express, "fastapi": fastapi}


def installable(names: Iterable[str]) -> list[str]:
    """Those of the servers that can run here, made ready; what is missing for the others goes to stderr."""
    ready = []
    for name in names:
        try:
            COMMANDS[name](0)
        except MissingTool as error:
            print(f"Left out: {name}, {error}.", file=sys.stderr)
        else:
            ready.append(name)
    return ready


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise MissingTool(f"for {' '.join(command[:3])} failed in {folder}: {words[-500:]}")


class Server:
    """One of the servers, from its start to its stop, while the `with` block runs."""

    def __init__(self, name: str, database: Database, **environ: str):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = COMMANDS[name](self.port)
        self._environ = {
            "MONGODB_URI": database.uri,
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(CORES),
            "BCRYPT_ROUNDS": "4",
            "RATELIMIT_ENABLED": "false",
            "LOG_LEVEL": "WARNING",
            "NODE_ENV": "production",
        } | environ
        self._stack = ExitStack()
        self._local = threading.local()

    def __enter__(self) -> "Server":
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="server-", dir=FOLDER))
        log = self._stack.enter_context((Path(folder) / "log").open("wb"))
        environ = os.environ | self._environ | {"VAR_DIR": folder}
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
        )
        self._stack.callback(self._stop)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = Path(log.name).read_text()
                self._stack.close()
                sys.exit(f"The server did not start:\n{words}")
            time.sleep(0.1)
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

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def _stop(self) -> None:
        """Ask it to stop; if it does not, end its whole group: what it left half done, its transactions undo."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
