"""Turns on one document among the processes of one machine.

Two transactions that change the same document collide, and the loser starts again; under load most of the work is
then done twice. Taking turns avoids that. It is only a courtesy: correctness rests on the transactions, so a turn that
does not come in time (its holder may be frozen) is taken without waiting further, and so is one without its files.
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
IMPATIENT_SECONDS = 5.0  # after a turn that did not come, how long its document's turns are not waited for
POLL_SECONDS = 0.0005
SLOTS = 256  # lock files; documents that share one only wait for each other


def folder_of(secret: str, *database: str) -> Path:
    """Where the processes of this user that serve the same database take turns: one folder for each installation.

    The temporary directory is there on a read-only checkout too, and is not swept away with a login. In it anybody
    can make a folder first, and then there are no turns; so its name cannot be guessed without the secret.
    """
    name = hmac.new(secret.encode(), "\n".join(("turns", *database)).encode(), hashlib.sha256).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"booking-turns-{os.geteuid()}-{name}"


class AdvisoryLocks:
    """Fair turns by two file locks a slot, which the kernel releases when their holder dies (flock(2)).

    The gate is held only while waiting for the turn itself, so whoever has just had a turn queues behind the one
    that waits. Their folder is this user's alone; where somebody else's stands in its place there are no turns.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._impatient_until: dict[int, float] = {}

    @contextlib.contextmanager
    def hold(self, document_id: object) -> Iterator[None]:
        """Have the turn on a document while the block runs, or run it without after about `WAIT_SECONDS`."""
        slot = zlib.crc32(str(document_id).encode()) % SLOTS
        if self._impatient_until.get(slot, 0) > time.monotonic():
            yield
            return
        with contextlib.ExitStack() as files:
            try:
                came = self._wait(slot, files)
            except OSError as error:
                log.warning("There are no turns in %s for a while: %s", self._folder, error)
                came = False
            if not came:
                self._impatient_until[slot] = time.monotonic() + IMPATIENT_SECONDS
            yield

    def _wait(self, slot: int, files: contextlib.ExitStack) -> bool:
        """Have the turn until `files` are closed; whether it came in time."""
        with private_folder(self._folder) as folder:
            gate, turn = (files.enter_context(_lock_file(f"{slot}.{name}", folder)) for name in ("g", "t"))
        deadline = time.monotonic() + WAIT_SECONDS
        came = _lock(gate, deadline) and _lock(turn, deadline)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return came


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
