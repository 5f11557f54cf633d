"""Advisory locks on documents, shared by the processes of one machine.

Two transactions that change the same document conflict, and the loser starts again; under load most of the work is
then done twice. Taking turns avoids that. Correctness does not depend on it, only on the transactions: who does not get
a lock in time (its holder may be frozen), or cannot open its file, goes ahead without it.
"""

import contextlib
import fcntl
import hashlib
import hmac
import logging
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from ..private_files import open_private, private_folder

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
IMPATIENT_SECONDS = 5.0  # after a lock was not granted in time, how long nobody here waits for it
POLL_SECONDS = 0.0005
SLOTS = 256  # number of locks; documents that share one wait for each other, which does no harm


def folder_of(secret: str, *database: str) -> Path:
    """Return the folder of the lock files of this installation: of this user's processes that serve this database.

    It is in the temporary directory, which exists on a read-only checkout too and is not deleted at logout. Somebody
    else could create the folder first, and then there would be no locks; so its name contains a digest of the secret.
    """
    name = hmac.new(secret.encode(), "\n".join(("turns", *database)).encode(), hashlib.sha256).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"booking-turns-{os.geteuid()}-{name}"


class AdvisoryLocks:
    """Fair locks made of two file locks each, which the kernel releases when their holder dies (flock(2)).

    The first one, the gate, is held only while waiting for the second, so whoever has just released the lock queues
    behind those who wait. Only this user can enter the folder; if it belongs to somebody else there are no locks.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._impatient_until: dict[int, float] = {}

    @contextlib.contextmanager
    def hold(self, document_id: object) -> Iterator[None]:
        """Hold the lock of a document while the block runs; after about `WAIT_SECONDS` run the block without it."""
        slot = zlib.crc32(str(document_id).encode()) % SLOTS
        if self._impatient_until.get(slot, 0) > time.monotonic():
            yield
            return
        with contextlib.ExitStack() as files:
            try:
                granted = self._wait(slot, files)
            except OSError as error:
                log.warning("There are no turns in %s for a while: %s", self._folder, error)
                granted = False
            if not granted:
                self._impatient_until[slot] = time.monotonic() + IMPATIENT_SECONDS
            yield

    def _wait(self, slot: int, files: contextlib.ExitStack) -> bool:
        """Take the lock until `files` are closed. Returns True if it was granted in time."""
        with private_folder(self._folder) as folder:
            gate, turn = (files.enter_context(_lock_file(f"{slot}.{name}", folder)) for name in ("g", "t"))
        deadline = time.monotonic() + WAIT_SECONDS
        granted = _lock(gate, deadline) and _lock(turn, deadline)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return granted


@contextlib.contextmanager
def _lock_file(name: str, folder: int) -> Iterator[int]:
    file = open_private(name, os.O_RDWR | os.O_CREAT, folder)
    try:
        yield file
    finally:
        os.close(file)


def _lock(file: int, deadline: float) -> bool:
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
