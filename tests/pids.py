"""Processes by their ids, and waiting for what they do."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

CALM_SECONDS = 60  # for what a test does itself, however busy the machine is; requests have their own time


def eventually(condition: Callable, what: str, seconds: float = CALM_SECONDS, pause: float = 0.03):
    """Wait until `condition()` is true and return its value; fail with `what` was waited for after `seconds`.

    It is asked once more when they are over: the machine may have had no time for us until then.
    """
    deadline, is_last = time.monotonic() + seconds, False
    while not (value := condition()):
        assert not is_last, f"Waited {seconds} s in vain until {what}."
        time.sleep(pause)
        is_last = time.monotonic() >= deadline
    return value


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    return state(pid) not in "ZX"


def state(pid: int) -> str:
    """The letter that proc(5) has for what a process does; `X` if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return stat.rpartition(")")[2].split()[0]


def kill(pid: int) -> None:
    """Kill a process as a power cut would, and wait until it is dead: on a busy machine that takes a while."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "it is dead", pause=0.001)


def freeze(pid: int) -> None:
    """Stop a process as a debugger or a starved host would, and wait until it has stopped: the signal takes a while."""
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: state(pid) == "T", "it is frozen", pause=0.001)


def children(pid: int) -> list[int]:
    """The processes that the main thread of `pid` started and that still run."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [child for child in map(int, listed) if is_alive(child)]
