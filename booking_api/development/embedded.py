"""A real MongoDB for development: a `mongod` from a wheel, as a one-member replica set under `var/mongodb`.

One process owns it (gunicorn's master, `flask run`, a test session), and it ends with that process, even if that is
killed. Other processes of the same checkout connect to its Unix socket, which only this user can open.
"""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from ..errors import StartupError
from ..private_files import ensure_private_folder, open_private
from ..var_dir import require_usable
from .mongod import INSTEAD, Mongod, address_of

LONGEST_SOCKET_PATH = 100  # sun_path has 108 bytes on Linux, 104 on macOS
PARAMETERS = {
    # A worker that is killed in a transaction leaves its event locked for so long; our transactions take up to 6 s.
    "transactionLifetimeLimitSeconds": "10",
    # Records for MongoDB's support, every second: a third of what a start costs, and half of what it does at rest.
    "diagnosticDataCollectionEnabled": "false",
}


def socket_path(var_dir: Path) -> Path:
    """Return the socket of the server of this `var_dir`: beside its data, or elsewhere if that path is too long."""
    path = var_dir / "mongodb" / "mongod.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"booking-{os.geteuid()}-{name}" / "mongod.sock"


def address(var_dir: Path) -> str:
    """Return the connection string of the embedded server of this `var_dir`, whether it runs or not."""
    return address_of(socket_path(var_dir))


def is_running(var_dir: Path) -> bool:
    """Whether the embedded server of this `var_dir` answers now."""
    client: MongoClient[Any] = MongoClient(address(var_dir), serverSelectionTimeoutMS=500)
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except ConnectionFailure:
        return False
    finally:
        client.close()


def mongod_of(var_dir: Path, **parameters: str) -> Mongod:
    """Return the `mongod` of a `var_dir`, which is not started yet."""
    return Mongod(var_dir / "mongodb", socket_path(var_dir), PARAMETERS | parameters)


class DataLock:
    """The lock on the data of one `var_dir`; the process that takes it holds it for as long as it lives."""

    def __init__(self, var_dir: Path):
        self._var_dir = var_dir
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock; raises `StartupError` if another process has it, or if the folder cannot be used."""
        folder = self._var_dir / "mongodb"
        require_usable(self._var_dir)
        try:
            for private in (folder, socket_path(self._var_dir).parent):
                ensure_private_folder(private)
            # A POSIX lock belongs to the process: forked workers do not keep it when the process is killed.
            self._file = open_private(folder / "owner.lock", os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StartupError(
                f"The embedded MongoDB cannot keep its data in {folder} ({error.strerror or error}): see that it can "
                f"be a folder of this user alone, set VAR_DIR to another one, {INSTEAD}."
            ) from error
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._file, 20).decode() or "?"
            self.release()
            raise StartupError(
                f"Another copy of this service (process {owner}) already runs the embedded MongoDB in "
                f"{folder}: stop it, {INSTEAD}, or set VAR_DIR to another folder."
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Release the lock, if this process has it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class EmbeddedServer:
    """Owns the `mongod` of one `var_dir`, from `start` to `stop`; `parameters` are server parameters of MongoDB."""

    def __init__(self, var_dir: Path, **parameters: str):
        self._address = address(var_dir)
        self._lock = DataLock(var_dir)
        self._mongod = mongod_of(var_dir, **parameters)

    @property
    def pid(self) -> int:
        """The process id of the running `mongod`."""
        return self._mongod.pid

    def start(self) -> str:
        """Start the server, wait until it accepts writes, and return its address.

        Raises `StartupError` with what to do if another copy of this service holds the data, or if no `mongod` runs
        here.
        """
        self._lock.take()
        try:
            self._mongod.start()
        except BaseException:
            self._mongod.stop()
            self._lock.release()
            raise
        return self._address

    def stop(self) -> None:
        """Shut the server down cleanly, if it runs."""
        self._mongod.stop()
        self._lock.release()

    def kill(self) -> None:
        """Kill the server, as a crash would, for tests of recovery."""
        self._mongod.kill()
        self._lock.release()
