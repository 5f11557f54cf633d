"""The embedded MongoDB with somebody who starts it again: a small process between the one that serves and `mongod`.

gunicorn's master cannot do that itself: it may have no thread before its workers fork, and it reaps every child of its
own. The supervisor is forked from it without anything of MongoDB, ends when it is told to, or with its parent, and
takes `mongod` along.
"""

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from ..errors import StartupError
from .embedded import DataLock, mongod_of
from .mongod import LIBC, PR_SET_NAME, START_SECONDS, STOP_SECONDS, Mongod, die_with_parent

log = logging.getLogger(__name__)

NAME = "mongod-keeper"  # as `ps` and `top` show it; up to 15 characters
LOOK_SECONDS = 0.25
STEADY_SECONDS = 60  # one that ran for so long is started again at once
LONGEST_PAUSE_SECONDS = 30
MARGIN_SECONDS = 5
# What is sent to gunicorn by its name is not for this process, which has the same.
IGNORED = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU", "SIGWINCH")


class SupervisedServer:
    """Owns the `mongod` of one `var_dir`, which is started again whenever it dies, from `start` to `stop`."""

    def __init__(self, var_dir: Path):
        self._lock = DataLock(var_dir)
        self._mongod = mongod_of(var_dir)
        self._owner = os.getpid()
        self._supervisor: int | None = None
        self._line: Connection | None = None

    def start(self) -> None:
        """Start the server and wait until it takes writes; raises `StartupError` as `EmbeddedServer.start` does."""
        self._lock.take()
        self._line, far_end = Pipe()
        self._supervisor = os.fork()
        if self._supervisor == 0:
            self._line.close()
            _be_supervisor(self._mongod, far_end, self._owner)
        far_end.close()
        complaint = "The embedded MongoDB could not be watched over."
        with contextlib.suppress(EOFError):
            if self._line.poll(START_SECONDS + MARGIN_SECONDS):
                complaint = self._line.recv()
        if complaint:
            self.stop()
            raise StartupError(complaint)

    def stop(self) -> None:
        """Shut the server down cleanly; only in the process that started it, so that a forked worker may call it."""
        if self._line is None or os.getpid() != self._owner:
            return
        # By the line and not by a signal: gunicorn may have reaped the process, and its id be somebody else's.
        with contextlib.suppress(OSError, EOFError):
            self._line.send("stop")
            if self._line.poll(STOP_SECONDS + MARGIN_SECONDS):
                self._line.recv()
        self._line.close()
        self._line = None
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._supervisor, os.WNOHANG)
        self._lock.release()


def _be_supervisor(mongod: Mongod, line: Connection, owner: int) -> None:
    """Spend the life of a forked process as the supervisor; does not return."""
    status = 1
    try:
        _detach()
        _supervise(mongod, line, _Orders(line, owner))
        status = 0
    except BaseException:
        log.exception("The supervisor of the embedded MongoDB has failed.")
    finally:
        try:
            mongod.stop()
        finally:
            os._exit(status)  # nothing that the parent registered for its own end is for this process


def _detach() -> None:
    os.setsid()  # Ctrl-C goes to the owner, which stops its workers first
    for name in IGNORED:
        signal.signal(signal.Signals[name], signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_NAME, NAME.encode())


class _Orders:
    """Whether the supervisor is to end: it was told so, or the process that it works for is gone."""

    def __init__(self, line: Connection, owner: int):
        self._line = line
        self._owner = owner
        self._terminated = False
        signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, _number: int, _frame: object) -> None:
        self._terminated = True

    def given(self) -> bool:
        """Whether to end now."""
        return self._terminated or os.getppid() != self._owner or self._line.poll(0)

    def wait(self, seconds: float) -> bool:
        """Whether to end, within so many seconds."""
        deadline = time.monotonic() + seconds
        while not self.given() and (left := deadline - time.monotonic()) > 0:
            self._line.poll(min(left, LOOK_SECONDS))
        return self.given()


def _supervise(mongod: Mongod, line: Connection, orders: _Orders) -> None:
    try:
        mongod.start(orders.given)
    except StartupError as error:
        line.send(str(error))
        return
    line.send(None)
    failures, ready_at = 0, time.monotonic()
    while not orders.wait(LOOK_SECONDS):
        words = mongod.end()
        if words is None:
            continue
        failures = 0 if time.monotonic() - ready_at > STEADY_SECONDS else failures + 1
        pause = min(2 ** (failures - 2), LONGEST_PAUSE_SECONDS) if failures > 1 else 0
        log.error("The embedded MongoDB has ended (%s). It is started again in %d s.", words, pause)
        if orders.wait(pause):
            return
        _start_again(mongod, orders.given)
        ready_at = time.monotonic()


def _start_again(mongod: Mongod, given_up: Callable[[], bool]) -> None:
    try:
        mongod.start(given_up)
    except StartupError as error:
        if not given_up():
            log.error("The embedded MongoDB is still away: %s", error)
    else:
        log.warning("The embedded MongoDB answers again.")
