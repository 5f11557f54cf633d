"""The servers to measure, by name: this service, its rivals, and the floor under it.

Ours runs as it is deployed: by the command of the Procfile, which writes its log, a line of JSON for each request. The
rivals run as theirs are, but write no access log, which saves them a little. The right ways sell in a transaction; the
quick way, which most people write, does not. The floor is a bare Flask route under the gunicorn of this service.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from .folders import FOLDER, ROOT

RIVALS = Path(__file__).resolve().parent / "rivals"


class MissingTool(Exception):
    """A server cannot be run here; the message says what to install."""


class Kind(Enum):
    """What a server is to this service."""

    OURS = "ours"
    RIGHT = "a rival, exact even when it is killed"
    QUICK = "a rival that loses tickets when it is killed"
    FLOOR = "what the framework costs alone"


@dataclass(frozen=True)
class Entry:
    """A server: its name in tables, its kind, its command for a port, and the path that answers once it is ready."""

    title: str
    kind: Kind
    command: Callable[[int], list[str]]
    ready: str = "/readyz"


def _gunicorn(port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *more]


def ours(port: int) -> list[str]:
    """The command of the Procfile, kept from the network although it has a database of its own."""
    return _gunicorn(port, "wsgi:app")


def without_feed(port: int) -> list[str]:
    """The same without the feeds of events."""
    return _gunicorn(port, "benchmarks.without_feed:app")


def floor(port: int) -> list[str]:
    """A Flask application with one route, under gunicorn with the settings of this service."""
    return _gunicorn(port, "--config", "python:benchmarks.floor_settings", "benchmarks.floor:app")


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


def _uvicorn(app: str, port: int) -> list[str]:
    """uvicorn takes its number of processes from WEB_CONCURRENCY."""
    return [
        *(str(_venv() / "bin" / "uvicorn"), f"benchmarks.rivals.{app}:app", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
        *("--backlog", "4096", "--timeout-graceful-shutdown", "5"),
    ]


def fastapi(port: int) -> list[str]:
    """FastAPI and PyMongo's async client, with a transaction for each booking."""
    return _uvicorn("fastapi_app", port)


def fastapi_quick(port: int) -> list[str]:
    """The same without the transaction."""
    return _uvicorn("fastapi_quick", port)


ROSTER = {
    "ours": Entry("this service", Kind.OURS, ours),
    "express": Entry("Express + Mongoose", Kind.RIGHT, express),
    "fastapi": Entry("FastAPI + PyMongo", Kind.RIGHT, fastapi),
    "fastapi-quick": Entry("FastAPI, the quick way", Kind.QUICK, fastapi_quick),
    "floor": Entry("a bare Flask route", Kind.FLOOR, floor, "/healthz"),
}
# Parts of this service left out, to see what they cost; nobody compares these with rivals.
VARIANTS = {"without-feed": Entry("this service without feeds", Kind.OURS, without_feed)}
SELLERS = tuple(name for name, entry in ROSTER.items() if entry.kind is not Kind.FLOOR)


def installable(names: Iterable[str]) -> list[str]:
    """Those of the servers that can run here, made ready; what is missing for the others goes to stderr."""
    ready = []
    for name in names:
        try:
            ROSTER[name].command(0)
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
