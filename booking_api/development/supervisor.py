"""The embedded MongoDB with a supervisor: a small process between the server process and `mongod` that restarts it.

gunicorn's master cannot do that itself: it must have no thread before its workers fork, and it reaps all its children.
The supervisor is forked from the master before any client exists. It ends when it is told to or when its parent dies,
and ends `mongod` with it.
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
STEADY_SECONDS = 60  # a server that ran for so long is restarted at once
LONGEST_PAUSE_SECONDS = 30
MARGIN_SECONDS = 5
# Signals sent to gunicorn by its name reach this process too, which has the same name.
IGNORED = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU", "SIGWINCH")


class SupervisedServer:
    """Owns the `mongod` of one `var_dir` from `start` to `stop`, and restarts it whenever it dies."""

    def __init__(self, var_dir: Path):
        self._lock = DataLock(var_dir)
        self._mongod = mongod_of(var_dir)
        self._owner = os.getpid()
        self._supervisor: int | None = None
        self._line: Connection | None = None

    def start(self) -> None:
        """Start the server and wait until it accepts writes; raises `StartupError` as `EmbeddedServer.start` does."""
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
        """Shut the server down cleanly. Does nothing in a forked process."""
        if self._line is None or self._supervisor is None or os.getpid() != self._owner:
            return
        # By the pipe and not by a signal: if gunicorn has reaped the process, its id may be another process's by now.
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
    """Run as the supervisor until the end of this forked process; does not return."""
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
            os._exit(status)  # without the exit handlers that the parent has registered


def _detach() -> None:
    os.setsid()  # Ctrl-C goes to the owner, which stops its workers first
    for name in IGNORED:
        signal.signal(signal.Signals[name], signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_NAME, NAME.encode())


class _Orders:
    """Whether the supervisor should end: it was told to, or its parent is gone."""

    def __init__(self, line: Connection, owner: int):
        self._line = line
        self._owner = owner
        self._terminated = False
        signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, _number: int, _frame: object) -> None:
        self._terminated = True

    def given(self) -> bool:
        """Return True if it should end now."""
        return self._terminated or os.getppid() != self._owner or self._line.poll(0)

    def wait(self, seconds: float) -> bool:
        """Wait up to so many seconds. Returns True if it should end."""
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
